"""Who is in an organization, and as what. There is always an owner."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q

from common.errors import Conflict, NotFound
from orgs.models import Membership, Organization, Role


def add_person(organization: Organization, name: str, role: Role) -> Membership:
    """Let an account in, found by its name or e-mail address.

    Raises ``NotFound`` where there is none, or more than one has the address, and
    ``Conflict`` for somebody who is in already.
    """
    wanted = Q(username=name) | Q(email__iexact=name) if name else Q(pk=None)
    found = list(User.objects.filter(wanted, is_active=True)[:2])
    if len(found) != 1:
        raise NotFound("There is no one account by that name or address.")
    try:
        with transaction.atomic():
            return Membership.objects.create(
                user=found[0], organization=organization, role=role
            )
    except IntegrityError:
        raise Conflict("This person is in the organization already.") from None


@transaction.atomic
def change_role(member: Membership, role: Role) -> None:
    """Give somebody another role. Raises ``Conflict`` for the last owner."""
    if role != Role.OWNER:
        _keep_an_owner(member)
    Membership.objects.filter(pk=member.pk).update(role=role)


@transaction.atomic
def remove_person(member: Membership) -> None:
    """Take somebody out; the account stays. Raises ``Conflict`` for the last owner."""
    _keep_an_owner(member)
    member.delete()


def _keep_an_owner(member: Membership) -> None:
    # Locked, so that two owners cannot take each other out at once.
    owners = Membership.objects.select_for_update().filter(
        organization=member.organization_id, role=Role.OWNER
    )
    if {owner.pk for owner in owners.order_by("pk")} == {member.pk}:
        raise Conflict("An organization needs an owner. Make somebody else one first.")
