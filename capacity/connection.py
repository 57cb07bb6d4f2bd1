"""The gate's own connections to Redis, each vouched for before it is used."""

import os
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from hiredis import pack_command
from redis.backoff import NoBackoff
from redis.retry import Retry

from capacity.names import TOKEN

VOUCH = (Path(__file__).parent / "lua" / "vouch.lua").read_text()


@cache
def client() -> redis.Redis:
    """A pooled client, whose commands fail after ``REDIS_TIMEOUT_SECS``."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=settings.REDIS_TIMEOUT_SECS,
        socket_connect_timeout=settings.REDIS_TIMEOUT_SECS,
        retry=Retry(NoBackoff(), 0),
        redis_connect_func=vouch,
    )


def vouch(connection: Any) -> None:
    """Drop a token that was not set by this very run of the server.

    A restart from disk and a failover to a replica bring sets back that look whole but
    lack the last calls. Both break connections, so a new one is where to look.
    """
    connection.on_connect()
    connection.send_command("EVAL", VOUCH, 1, TOKEN)
    connection.read_response()


class Link:
    """A connection of each thread's own, for the commands that a caller waits for.

    The pool of the client asks the socket at each command whether it is still good,
    which costs as much as the gate's script.
    """

    def __init__(self, client: Callable[[], redis.Redis]) -> None:
        self.client = client
        self._local = threading.local()

    def __call__(self, *command: Any) -> Any:
        """Send a command, and again if the server had closed the connection meanwhile:
        each of the gate's commands may come twice. Raises ``redis.RedisError``."""
        connection = self._mine()
        was_open = connection.is_connected
        try:
            return ask(connection, command)
        except redis.ConnectionError:
            connection.disconnect()
            if not was_open:
                raise
        return ask(connection, command)

    def _mine(self) -> Any:
        local = self._local
        # A fork must not speak on its parent's socket.
        if getattr(local, "pid", None) != os.getpid():
            local.connection = self.client().connection_pool.make_connection()
            local.pid = os.getpid()
        return local.connection


def ask(connection: Any, command: tuple[Any, ...]) -> Any:
    # The client's own packing looks at each argument in Python first.
    connection.send_packed_command((pack_command(command),))
    return connection.read_response()
