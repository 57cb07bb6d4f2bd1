"""What a decision of the gate costs, in figures that do not depend on the machine, and
the programs of ``benchmarks/`` at sizes of seconds."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agents.models import Agent
from benchmarks import fallback, reconcile, wrong_input
from calls.channels import Status
from calls.lifecycle import Ending, end_call
from calls.lost import end_lost_calls
from calls.models import Call
from calls.slots import CallLedger, gate, slot_of
from capacity.connection import client
from capacity.reconcile import reconcile as run

Start = Callable[..., Call]


def commands(run: Callable[[], object]) -> dict[str, int]:
    """How often which command came to Redis from a client while ``run`` ran."""
    redis = client()
    redis.config_resetstat()
    run()
    stats: Any = redis.info("commandstats")
    return {
        name: stats[f"cmdstat_{name}"]["calls"]
        for name in ("evalsha", "eval", "script|load", "multi")
        if f"cmdstat_{name}" in stats
    }


def statements(run: Callable[[], object]) -> list[str]:
    """The statements that reach PostgreSQL, without the beginnings and ends of
    transactions."""
    with CaptureQueriesContext(connection) as captured:
        run()
    sql = [query["sql"].strip() for query in captured.captured_queries]
    frame = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")
    return [statement for statement in sql if not statement.startswith(frame)]


def admit(call: Call) -> None:
    limit = call.organization.call_limit
    gate.admit(slot_of(call), limit, lambda _: call.save(force_insert=True))


def test_a_slot_is_taken_and_given_back_in_one_round_trip_each(start: Start) -> None:
    slot = slot_of(start())
    gate.release([slot])

    assert commands(lambda: gate.slots.acquire(slot, 43, 15)) == {"evalsha": 1}
    assert commands(lambda: gate.slots.release([slot])) == {"evalsha": 1}


def test_admitting_is_one_statement_beside_the_insert(
    start: Start, agent: Agent
) -> None:
    end_call(start(), Ending(Status.COMPLETED))

    sent = statements(lambda: admit(fallback.new_call(agent)))

    assert len(sent) == 2
    assert "pg_advisory_xact_lock_shared" in sent[0]
    assert sent[1].startswith('INSERT INTO "calls"')


def test_admitting_without_redis_is_one_statement_beside_the_insert(
    start: Start, agent: Agent
) -> None:
    gate.breaker.trip()
    start()  # this one takes the token away

    sent = statements(lambda: admit(fallback.new_call(agent)))

    assert len(sent) == 2
    assert "pg_advisory_xact_lock" in sent[0]
    assert "FILTER" in sent[0]
    assert sent[1].startswith('INSERT INTO "calls"')


def test_counting_reads_the_partial_index_of_calls_that_hold_a_slot(
    start: Start,
) -> None:
    call = start()
    with connection.cursor() as cursor:
        # A table of a few rows is quicker read whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {CallLedger.usage}", {"org": call.organization_id})
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "calls_with_slot" in plan


def test_ending_many_lost_calls_takes_as_many_statements_as_ending_one(
    start: Start,
) -> None:
    def end_lost(count: int) -> int:
        lost = [start().pk for _ in range(count)]
        Call.objects.filter(pk__in=lost).update(started_at="2026-01-01T00:00:00Z")
        return len(statements(end_lost_calls))

    one, many = end_lost(1), end_lost(6)

    assert Call.objects.filter(failure_reason="bot_lost").count() == 7
    assert many == one <= 6


@pytest.mark.usefixtures("db")
def test_wrong_input_never_leads_beyond_the_limit() -> None:
    assert wrong_input.main(starts=800)


@pytest.mark.django_db(transaction=True)
def test_races_without_redis_are_won_by_one(
    organization: Any, agent: Agent, settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS_PER_ORG = fallback.LIMIT
    without = fallback.gate_without_redis()

    assert fallback.races(agent, partial(fallback.admit, without, agent), 3) == 0


@pytest.mark.django_db(transaction=True)
def test_a_reconcile_of_thousands_keeps_redis_free() -> None:
    reconcile.fill(5_000, 200)

    found = run(gate)

    assert (found.global_count, found.orgs) == (5_000, 200)
    assert (found.added, found.removed) == (0, 0)
    # In pages: no command of it touches more than some thousand slots.
    assert commands(lambda: run(gate)) == {"eval": 1}
