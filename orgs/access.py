"""Who asks, for which organization, and what they may do there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from common.errors import Forbidden, NotFound
from orgs.models import Membership, Organization, Role, Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

SESSION_KEY = "organization"

# What each role may do, in the words of the scopes of API keys.
ROLE_SCOPES = {
    Role.MEMBER: {Scope.READ},
    Role.ADMIN: {Scope.READ, Scope.VOICE, Scope.CHAT, Scope.MANAGE},
    Role.OWNER: {Scope.READ, Scope.VOICE, Scope.CHAT, Scope.MANAGE},
}


@dataclass(frozen=True)
class Access:
    """One organization, and the scopes that the asker has in it. ``asker`` is the key
    or the person, by an id that tells them apart."""

    organization: Organization
    scopes: frozenset[str]
    role: str = ""
    asker: str = ""

    @property
    def may_manage(self) -> bool:
        return Scope.MANAGE in self.scopes

    @property
    def may_call(self) -> bool:
        return Scope.VOICE in self.scopes

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER


def membership_access(user: "User", wanted: str | None) -> Access:
    """The access of ``user`` to the organization ``wanted``, or to their first one.

    Raises ``NotFound`` for an organization that they are not in, as for one that does
    not exist.
    """
    memberships = (
        Membership.objects.filter(user=user, organization__is_active=True)
        .select_related("organization")
        .order_by("organization__name", "id")
    )
    for membership in memberships:
        if wanted in (None, "", str(membership.organization_id)):
            scopes = ROLE_SCOPES[Role(membership.role)]
            return Access(
                membership.organization,
                frozenset(scopes),
                membership.role,
                asker=f"person:{user.pk}",
            )
    if wanted:
        raise NotFound("There is no organization of yours by that id.")
    raise Forbidden("You are not a member of any organization.")


def page_access(request: "HttpRequest") -> Access:
    """The access of the person who looks at a page, by the organization they chose."""
    user: Any = request.user
    chosen = request.session.get(SESSION_KEY)
    try:
        return membership_access(user, chosen)
    except NotFound:
        # They were taken out of it, or it was switched off, since they chose it.
        return membership_access(user, None)


class HasScope(BasePermission):
    """Lets in an access that has one of ``scopes``; a subclass for each set of them is
    made by ``needs``."""

    scopes: frozenset[str]

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Access):
            raise NotAuthenticated
        if not self.scopes & request.auth.scopes:
            raise Forbidden
        return True


def needs(*scopes: Scope) -> type[HasScope]:
    """A permission class for whoever has one of ``scopes``."""
    name = "".join(scope.name.title() for scope in scopes)
    wanted = frozenset(scope.value for scope in scopes)
    return type(f"Needs{name}", (HasScope,), {"scopes": wanted})


def access_of(request: Request) -> Access:
    """The access that authentication has found, behind a permission of ``needs``."""
    found: Any = request.auth
    return found  # type: ignore[no-any-return]  # the permission has checked it
