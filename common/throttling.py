"""How many requests a minute somebody may make, counted in Redis.

Where Redis is away nobody is refused: it is left alone for some seconds, and asked
again.
"""

import logging
import math
import time
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from common.internal import is_internal

logger = logging.getLogger(__name__)

WINDOW_SECS = 60
REST_SECS = 5.0


class Rest:
    """Until when Redis is left alone."""

    until = 0.0


def count(name: str) -> int:
    """Count one more of ``name`` in this minute; answers how many there were. 0 if
    nobody counts."""
    if time.monotonic() < Rest.until:
        return 0
    key = f"rate:{name}:{int(time.time() // WINDOW_SECS)}"
    try:
        # Together, so that no count stays for ever.
        pipeline = get_redis_connection().pipeline()
        pipeline.incr(key).expire(key, 2 * WINDOW_SECS)
        found: int = pipeline.execute()[0]
    except RedisError as error:
        Rest.until = time.monotonic() + REST_SECS
        reason = {"reason": type(error).__name__}
        logger.warning("Requests are not counted", extra=reason)
        return 0
    return found


def wait_secs() -> int:
    """Until the next minute begins."""
    return math.ceil(WINDOW_SECS - time.time() % WINDOW_SECS)


class Throttle(BaseThrottle):
    """At most ``settings.<limit>`` requests a minute of one asker; 0 is no limit."""

    limit: str

    def asker(self, request: Request) -> str | None:
        """Who is counted; ``None`` for those who are not."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        most = getattr(settings, self.limit)
        asker = self.asker(request) if most else None
        return asker is None or count(f"{self.limit}:{asker}") <= most

    def wait(self) -> float:
        return wait_secs()


class AddressThrottle(Throttle):
    """By the client's address, whoever it is; not the bot and the jobs' caller."""

    limit = "API_REQUESTS_PER_MINUTE_PER_ADDRESS"

    def asker(self, request: Request) -> str | None:
        return None if is_internal(request) else self.get_ident(request)
