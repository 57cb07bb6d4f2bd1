"""A call that PostgreSQL admits alone is kept before its caller is told."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from agents.models import Agent
from calls.channels import Channel
from calls.lifecycle import CallRequest, draft_call
from calls.models import Call
from calls.slots import gate, slot_of
from capacity import fence

LIMIT = 3


@pytest.fixture(autouse=True)
def _without_redis(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    gate.breaker.trip()
    # As in production; the server of the tests waits for no disk.
    options = connection.settings_dict["OPTIONS"]
    durable = f"{options['options']} -c synchronous_commit=on"
    monkeypatch.setitem(options, "options", durable)
    connection.close()
    yield
    connection.close()


def asked(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0])


def saving(call: Call, seen: list[str]) -> Callable[[bool], None]:
    """Saves the call, and notes whether its commit waits, and how far the log is."""

    def save(_: bool) -> None:
        call.save(force_insert=True)
        seen.append(asked("SHOW synchronous_commit"))
        seen.append(asked("SELECT pg_current_wal_insert_lsn()"))

    return save


def is_on_disk(written: str) -> bool:
    return asked(f"SELECT pg_current_wal_flush_lsn() > '{written}'") == "True"


def test_whoever_finds_the_lock_free_waits_for_the_disk_with_it(agent: Agent) -> None:
    call = draft_call(CallRequest(agent=agent, channel=Channel.WEB))
    fence.distrust()
    seen: list[str] = []

    gate.admit(slot_of(call), LIMIT, saving(call, seen))

    waits, written = seen
    assert waits == "on"
    assert is_on_disk(written)


def admit_in_a_crowd(call: Call, seen: list[str]) -> None:
    """As one who has to wait for the lock."""

    def admit() -> None:
        try:
            gate.admit(slot_of(call), LIMIT, saving(call, seen))
            seen.append(str(is_on_disk(seen[1])))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with fence.exclusive():
            admitted = pool.submit(admit)
            while not int(asked("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                assert not admitted.done(), admitted.result()
        admitted.result()


def test_whoever_had_to_wait_is_on_disk_too_but_keeps_nobody_else_waiting_for_that(
    agent: Agent,
) -> None:
    call = draft_call(CallRequest(agent=agent, channel=Channel.WEB))
    fence.distrust()
    seen: list[str] = []

    admit_in_a_crowd(call, seen)

    waits, _, on_disk = seen
    assert waits == "off"
    assert on_disk == "True"


def test_taking_redis_its_trust_is_on_disk_with_its_transaction(agent: Agent) -> None:
    call = draft_call(CallRequest(agent=agent, channel=Channel.WEB))
    fence.trust("some.0.token")
    seen: list[str] = []

    admit_in_a_crowd(call, seen)

    assert fence.current() is None
    assert seen[0] == "on"
