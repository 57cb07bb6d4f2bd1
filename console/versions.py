"""What runs where: ours, the libraries', the servers', the bots'."""

import platform
from typing import Any

import django
import httpx
import redis
from django.conf import settings
from django.db import Error, connection

from calls import bot_client
from common import redis as redis_client
from console.formats import NOTHING

BOT_TIMEOUT = httpx.Timeout(2, connect=1)


def versions() -> list[tuple[str, str]]:
    """Name and version, the app first."""
    return [
        ("osmTalk", f"{settings.GIT_SHA} ({settings.APP_ENV})"),
        ("Django", django.get_version()),
        ("Python", platform.python_version()),
        ("PostgreSQL", postgres()),
        redis_server(),
        *(("Bot", bot(url)) for url in bot_client.urls()),
    ]


def postgres() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return str(cursor.fetchone()[0]).partition(" ")[0]
    except Error:
        return NOTHING


def redis_server() -> tuple[str, str]:
    """Redis, or whatever speaks for it."""
    try:
        info: Any = redis_client.client().info("server")
    except redis.RedisError:
        return "Redis", NOTHING
    if "valkey_version" in info:
        return "Valkey", str(info["valkey_version"])
    return "Redis", str(info["redis_version"])


def bot(url: str) -> str:
    """What a bot says of itself; a bot need not tell."""
    try:
        answer = bot_client.client().get(f"{url}/health/deep", timeout=BOT_TIMEOUT)
        found: Any = answer.json()
        told = found.get("version") or "tells no version"
        calls, uptime = found["activeCalls"], found["uptime"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, AttributeError):
        return "does not answer"
    return f"{told}, {calls} call{'' if calls == 1 else 's'}, up {uptime // 60} min"
