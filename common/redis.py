"""The one way to Redis: a client that notices a server that hangs."""

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


@cache
def client() -> redis.Redis:
    """A pooled client, whose commands fail after ``REDIS_TIMEOUT_SECS``."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=settings.REDIS_TIMEOUT_SECS,
        socket_connect_timeout=settings.REDIS_TIMEOUT_SECS,
        retry=Retry(NoBackoff(), 0),
    )
