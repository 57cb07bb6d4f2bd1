"""The gate's own connections to Redis, each vouched for before it is used."""

import os
import threading
from collections.abc import Callable
from functools import cache, partial
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
    return pooled(settings.REDIS_TIMEOUT_SECS)


@cache
def patient_client() -> redis.Redis:
    """One for jobs, whose commands fail after ``REDIS_PATIENCE_SECS``. Never under the
    gate's lock, for which callers wait."""
    return pooled(settings.REDIS_PATIENCE_SECS)


def pooled(timeout_secs: float) -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=timeout_secs,
        socket_connect_timeout=timeout_secs,
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
    which costs as much as the gate's script, and its packing looks at each argument in
    Python first.
    """

    def __init__(self, client: Callable[[], redis.Redis]) -> None:
        self.client = client
        self._local = threading.local()

    def __call__(self, *command: Any) -> Any:
        """What a command answers; it must do no harm to send it twice. Raises
        ``redis.RedisError``."""
        return self._exchange(pack_command(command), one)

    def many(self, *commands: tuple[Any, ...]) -> list[Any]:
        """What several commands answer, in one round trip."""
        packed = b"".join(map(pack_command, commands))
        answers: list[Any] = self._exchange(packed, partial(several, len(commands)))
        return answers

    def _exchange(self, packed: bytes, read: Callable[[Any], Any]) -> Any:
        """Send commands; again if the server had closed the connection meanwhile."""
        connection = self._mine()
        was_open = connection.is_connected
        try:
            connection.send_packed_command((packed,))
            return read(connection)
        except redis.ConnectionError:
            connection.disconnect()
            if not was_open:
                raise
        connection.send_packed_command((packed,))
        return read(connection)

    def _mine(self) -> Any:
        local = self._local
        # A fork must not speak on its parent's socket.
        if getattr(local, "pid", None) != os.getpid():
            local.connection = self.client().connection_pool.make_connection()
            local.pid = os.getpid()
        return local.connection


def one(connection: Any) -> Any:
    return connection.read_response()


def several(count: int, connection: Any) -> list[Any]:
    try:
        return [connection.read_response() for _ in range(count)]
    except redis.ResponseError:
        connection.disconnect()  # with the answers after this one
        raise
