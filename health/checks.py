"""One function for each dependency. It raises when the dependency is bad."""

from collections.abc import Callable
from typing import Any

import httpx
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from django.conf import settings
from django.db import connection

from calls import bot_client, recordings
from common import redis as redis_client
from health.probes import LATE, LIMIT_SECS, OK, Unhealthy

# What a bot may say of its way to callers; anything else is for its own log.
NO_VOICE = ("unreachable", "no media port")
BOT_TIMEOUT = httpx.Timeout(LIMIT_SECS, connect=2)


def database() -> None:
    """A new connection can be had, and it answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def redis() -> None:
    redis_client.client().ping()


def api() -> None:
    """The api answers those who ask it from elsewhere, if only to say that its
    database is away."""
    answer = _get(f"{settings.API_URL}/api/health")
    if not answer.is_success and answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
        raise Unhealthy("unavailable")


def bot() -> None:
    """A bot knows our secret, and takes calls. Of several, one is enough."""
    _any_bot(_takes_calls)


def voice_transport() -> None:
    """A bot can open a port for voices, or reaches the STUN or TURN server."""
    _any_bot(_carries_voices)


def minio() -> None:
    """A recording can be stored, wherever they are stored."""
    try:
        recordings.store().write_probe()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "NoSuchBucket":
            raise Unhealthy("no bucket") from error
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise Unhealthy("access denied") from error
        raise
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise Unhealthy(LATE) from error
    except OSError as error:
        raise Unhealthy("not writable") from error


def _takes_calls(url: str) -> None:
    answer = _get(f"{url}/calls")
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise Unhealthy("wrong secret")
    if not answer.is_success:
        raise Unhealthy("unavailable")
    told = answer.json()
    if told["draining"]:
        raise Unhealthy("draining")
    if told.get("overloaded"):  # which a bot from before does not say
        raise Unhealthy("overloaded")


def _carries_voices(url: str) -> None:
    found: Any = _get(f"{url}/health/deep").json()["checks"]["voice_transport"]
    if found != OK:
        raise Unhealthy(found if found in NO_VOICE else "unavailable")


def _any_bot(check: Callable[[str], None]) -> None:
    """Raise what was wrong with the last bot, unless the check passes for one."""
    wrong: Exception | None = None
    for url in bot_client.urls():
        try:
            return check(url)
        except Exception as error:  # of this one; the next may be well
            wrong = error
    if wrong:
        raise wrong
    return None


def _get(url: str) -> httpx.Response:
    try:
        return bot_client.client().get(url, timeout=BOT_TIMEOUT)
    except httpx.TimeoutException as error:
        raise Unhealthy(LATE) from error
