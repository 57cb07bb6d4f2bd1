"""A database backend whose client gives up on a server that hangs.

``statement_timeout`` is the server's own promise. A server that was paused, or whose
machine is gone, keeps none: without a bound of the client's a caller would wait on.
Django wants the module to have this name.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import IsolationLevel, errors

# Longer than the server's statement_timeout, which is the one to end a slow query.
ANSWER_SECS = 35.0
# The ping that begins a request on a connection from before.
PING_SECS = 3.0


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when the server does not answer in time."""

    # ``None``: however long it takes.
    patience_secs: float | None = ANSWER_SECS

    def wait(
        self, gen: Any, interval: float = 0.1, timeout: float | None = None
    ) -> Any:
        try:
            return super().wait(gen, interval, timeout or self.patience_secs)
        except errors._WaitTimeout as error:
            self.pgconn.finish()
            raise errors.OperationalError("The server does not answer.") from error


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return Connection.connect(**conn_params)

    def is_usable(self) -> bool:
        self.connection.patience_secs = PING_SECS
        usable: bool = super().is_usable()
        self.connection.patience_secs = ANSWER_SECS
        return usable
