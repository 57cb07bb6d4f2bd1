"""Authentication of the API: a person's session, or a program's key."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from common import jsonlog
from common.errors import CHALLENGE, Forbidden
from orgs.access import SESSION_KEY, Access, membership_access
from orgs.models import KEY_PREFIX, ApiKey, digest
from orgs.throttling import note_wrong_key

# Writing the last use on every request would make each read a write.
LAST_USE_RESOLUTION = timedelta(minutes=1)


class KeyUser(AnonymousUser):
    """The holder of an API key: authenticated, but nobody in the user table."""

    @property
    def is_authenticated(self) -> Any:
        return True

    @property
    def is_anonymous(self) -> Any:
        return False


class SessionAccess(SessionAuthentication):
    """A logged-in person, with CSRF protection. ``X-Organization-Id`` chooses among
    their organizations; without it the one chosen in the console counts."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        wanted = request.headers.get("X-Organization-Id")
        if wanted is None:
            wanted = request.session.get(SESSION_KEY)
        access = membership_access(found[0], wanted)
        jsonlog.org_id.set(str(access.organization.pk))
        return found[0], access


class KeyAccess(BaseAuthentication):
    """``x-api-key: osm_…`` or ``Authorization: Bearer osm_…``."""

    def authenticate(self, request: Request) -> tuple[KeyUser, Access] | None:
        secret = request.headers.get("x-api-key", "")
        if not secret:
            scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
            secret = rest.strip() if scheme.lower() == "bearer" else ""
        if not secret:
            return None
        try:
            return KeyUser(), key_access(secret, request.headers.get("Origin", ""))
        except AuthenticationFailed:
            note_wrong_key(request)
            raise

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def key_access(secret: str, origin: str) -> Access:
    """The access that an API key gives to a request from ``origin`` (may be empty)."""
    key = (
        ApiKey.objects.select_related("organization")
        .filter(digest=digest(secret), is_active=True, organization__is_active=True)
        .first()
        if secret.startswith(KEY_PREFIX)
        else None
    )
    if key is None:
        raise AuthenticationFailed("The API key is not valid.")
    host = urlsplit(origin).hostname or ""
    if origin and key.allowed_origins and host not in key.allowed_origins:
        raise Forbidden("The API key may not be used from this origin.")
    now = timezone.now()
    if not key.last_used_at or key.last_used_at < now - LAST_USE_RESOLUTION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    jsonlog.org_id.set(str(key.organization_id))
    return Access(key.organization, frozenset(key.scopes), asker=f"key:{key.pk}")
