"""The gate's side in PostgreSQL: locks, and the token that fences Redis off."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from django.db import connection

from common.postgres.begun import begun_with

# Any number does; it names the gate among the advisory locks of this database.
LOCK = 0x6F736D74  # "osmt"
WAIT_MS = 5_000
# A process that hangs with the lock is cut off before those who wait give up.
IDLE_MS = 4_000
# One round trip. Each statement sees what was committed before it began, so the token
# is the one that holds under the lock.
ENTER = """
    SET LOCAL lock_timeout = %(wait)s;
    SET LOCAL idle_in_transaction_session_timeout = %(idle)s;
    {lock};
    {reading}
"""
TOKEN = "SELECT token FROM capacity_fence"
SHARED = "SELECT pg_advisory_xact_lock_shared(%(lock)s)"
EXCLUSIVE = "SELECT pg_advisory_xact_lock(%(lock)s)"
# Gives a row to who has to wait.
IN_TURN = f"""
    SELECT set_config('synchronous_commit', 'off', true)
    WHERE NOT pg_try_advisory_xact_lock(%(lock)s);
    {EXCLUSIVE}
"""
UNHURRIED = "SET LOCAL synchronous_commit = off"
# On disk with its transaction, since whoever finds the token gone relies on it.
DISTRUST = """
    SET LOCAL synchronous_commit TO DEFAULT;
    UPDATE capacity_fence SET token = NULL WHERE token IS NOT NULL
"""
# An empty record of the log, whose commit waits for the disk as any other does.
FLUSH = "SELECT pg_logical_emit_message(true, 'capacity', '')"


class Turn(NamedTuple):
    """What is found under the lock: the present token, the row that was asked for, and
    whether others kept the lock meanwhile."""

    token: str | None
    found: Any
    waited: bool


@contextmanager
def shared() -> Iterator[str | None]:
    """A transaction beside which calls may be saved but the sets not be changed over.
    Gives the token that is valid until it ends."""
    with _locked(SHARED, TOKEN) as (_, token):
        yield token and token[0]


@contextmanager
def exclusive() -> Iterator[str | None]:
    """A transaction beside which no call is saved. Gives the present token."""
    with _locked(EXCLUSIVE, TOKEN) as (_, token):
        yield token and token[0]


@contextmanager
def in_turn(reading: str, **values: Any) -> Iterator[Turn]:
    """Like ``exclusive``, and gives the row that a statement finds under the lock, in
    the same round trip.

    Whoever finds the lock free waits for the disk with it. Whoever ``waited`` is one of
    a crowd and does not: what it writes is seen by the next as soon as the lock is free
    but lasts only once ``make_durable`` has returned, where a crowd shares one flush.
    """
    with _locked(IN_TURN, f"{TOKEN}; {reading}", **values) as (crowd, _, token, found):
        yield Turn(token and token[0], found, crowd is not None)


def make_durable() -> None:
    """Wait until everything that was committed so far is on disk. A crash that forgets
    a row before forgets those who saw it, too: they have not been answered either."""
    with connection.cursor() as cursor:
        cursor.execute(FLUSH)


def _locked(
    lock: str, reading: str, **values: Any
) -> AbstractContextManager[list[Any]]:
    """A transaction with the lock; gives the first row of each statement. Durable:
    inside another transaction the lock would outlive the decision."""
    entering = ENTER.format(lock=lock, reading=reading)
    fixed = {"wait": WAIT_MS, "idle": IDLE_MS, "lock": LOCK}
    return begun_with(entering, fixed | values)


def current() -> str | None:
    """The token of the sets that may be trusted; ``None`` if Redis may not be."""
    with connection.cursor() as cursor:
        cursor.execute(TOKEN)
        row = cursor.fetchone()
    return row[0] if row else None


def current_and(statement: str) -> tuple[str | None, list[Any]]:
    """The same, and all rows that a statement finds, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(f"{TOKEN}; {statement}")
        row = cursor.fetchone()
        cursor.nextset()
        return (row[0] if row else None), cursor.fetchall()


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
