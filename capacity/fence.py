"""The gate's side in PostgreSQL: locks, and the token that fences Redis off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

# Any number does; it names the gate among the advisory locks of this database.
LOCK = 0x6F736D74  # "osmt"
WAIT_MS = 5_000
# A process that hangs with the lock is cut off before those who wait give up.
IDLE_MS = 4_000
# One round trip. Each statement sees what was committed before it began, so the token
# is the one that holds under the lock.
ENTER = """
    SELECT set_config('lock_timeout', %s, true),
        set_config('idle_in_transaction_session_timeout', %s, true);
    SELECT {lock}(%s);
    SELECT token FROM capacity_fence
"""
UNHURRIED = "SET LOCAL synchronous_commit = off"
# On disk with its transaction, since whoever finds the token gone relies on it.
DISTRUST = """
    SET LOCAL synchronous_commit TO DEFAULT;
    UPDATE capacity_fence SET token = NULL WHERE token IS NOT NULL
"""
# An empty record of the log, whose commit waits for the disk as any other does.
FLUSH = "SELECT pg_logical_emit_message(true, 'capacity', '')"
SHARED, EXCLUSIVE = "pg_advisory_xact_lock_shared", "pg_advisory_xact_lock"


@contextmanager
def shared() -> Iterator[str | None]:
    """A transaction beside which calls may be saved but the sets not be changed over.
    Gives the token that is valid until it ends."""
    with _locked(SHARED) as (token, _):
        yield token


@contextmanager
def exclusive() -> Iterator[str | None]:
    """A transaction beside which no call is saved. Gives the present token."""
    with _locked(EXCLUSIVE) as (token, _):
        yield token


@contextmanager
def exclusive_reading(statement: str, value: str) -> Iterator[tuple[str | None, Any]]:
    """Like ``exclusive``, and gives the row that a statement of one parameter finds
    under the lock, in the same round trip.

    What it writes is seen by the next as soon as the lock is free, but lasts only once
    ``make_durable`` has returned: so nobody waits for the disk with the lock, and those
    who wait for it afterwards share one flush.
    """
    with _locked(EXCLUSIVE, f"{UNHURRIED}; {statement}", value) as found:
        yield found


def make_durable() -> None:
    """Wait until everything that was committed so far is on disk. A crash that forgets
    a row before forgets those who saw it, too: they have not been answered either."""
    with connection.cursor() as cursor:
        cursor.execute(FLUSH)


@contextmanager
def _locked(function: str, *also: str) -> Iterator[tuple[str | None, Any]]:
    # Durable: inside another transaction the lock would outlive the decision.
    statement, *values = also or ("",)
    entering = ENTER.format(lock=function) + (f"; {statement}" if statement else "")
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(entering, [str(WAIT_MS), str(IDLE_MS), LOCK, *values])
            cursor.nextset()
            cursor.nextset()
            row, found = cursor.fetchone(), None
            while cursor.nextset():
                found = cursor.fetchone() if cursor.description else None
        yield (row[0] if row else None), found


def current() -> str | None:
    """The token of the sets that may be trusted; ``None`` if Redis may not be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM capacity_fence")
        row = cursor.fetchone()
    return row[0] if row else None


def trust(token: str) -> None:
    """From now on only acquires that found ``token`` in Redis count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO capacity_fence (id, token) VALUES (1, %s)"
            " ON CONFLICT (id) DO UPDATE SET token = excluded.token",
            [token],
        )


def distrust() -> None:
    """No acquire in Redis counts until the sets are rebuilt."""
    with connection.cursor() as cursor:
        cursor.execute(DISTRUST)


def connection_is_lost() -> bool:
    """Whether a failed transaction may have been committed all the same: the answer to
    its COMMIT, if it was sent, can no longer arrive."""
    return connection.connection is None or connection.connection.closed
