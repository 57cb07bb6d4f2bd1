"""A call that PostgreSQL admits alone is kept before its caller is told."""

from collections.abc import Iterator

import pytest
from django.db import connection

from agents.models import Agent
from calls.channels import Channel
from calls.lifecycle import CallRequest, draft_call
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


def test_an_admitted_call_is_on_disk_though_nobody_waits_for_that_under_the_lock(
    agent: Agent,
) -> None:
    call = draft_call(CallRequest(agent=agent, channel=Channel.WEB))
    fence.distrust()
    under_the_lock = []

    def save() -> None:
        call.save(force_insert=True)
        under_the_lock.append(asked("SHOW synchronous_commit"))
        under_the_lock.append(asked("SELECT pg_current_wal_insert_lsn()"))

    gate.admit(slot_of(call), LIMIT, save)

    waits, written = under_the_lock
    assert waits == "off"
    assert asked(f"SELECT pg_current_wal_flush_lsn() > '{written}'") == "True"


def test_taking_redis_its_trust_is_on_disk_with_its_transaction(agent: Agent) -> None:
    call = draft_call(CallRequest(agent=agent, channel=Channel.WEB))
    fence.trust("some.0.token")
    waits = []

    def save() -> None:
        call.save(force_insert=True)
        waits.append(asked("SHOW synchronous_commit"))

    gate.admit(slot_of(call), LIMIT, save)

    assert fence.current() is None
    assert waits == ["on"]
