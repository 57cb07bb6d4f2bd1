"""How much of the API one key or person may use, and how often a key may be wrong."""

from rest_framework.request import Request

from common.errors import RateLimited
from common.throttling import Throttle, wait_secs
from orgs.access import Access


class AskerThrottle(Throttle):
    """By API key, or by person."""

    limit = "API_REQUESTS_PER_MINUTE_PER_KEY"

    def asker(self, request: Request) -> str | None:
        return request.auth.asker if isinstance(request.auth, Access) else None


class WrongKeyThrottle(Throttle):
    """By the address that wrong keys come from."""

    limit = "API_WRONG_KEYS_PER_MINUTE"

    def asker(self, request: Request) -> str | None:
        return self.get_ident(request)


def note_wrong_key(request: Request) -> None:
    """Count a key that is not valid. Raises ``RateLimited`` after too many."""
    if not WrongKeyThrottle().allow_request(request, None):
        raise RateLimited(wait_secs())
