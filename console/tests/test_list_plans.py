"""Every filter of the list of calls has an index, so that five million are no more
work than fifty."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from agents.models import Agent
from calls.models import Call

CALLS = 3000
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def many(agent: Agent) -> Agent:
    """Calls of which one in a thousand is of the kind that somebody looks for."""

    def call(nth: int) -> Call:
        at, rare = NOON + timedelta(minutes=nth), nth % 1000 == 7
        return Call(
            organization=agent.organization,
            agent=agent,
            channel="phone",
            status="failed" if rare else "completed",
            failure_reason="llm_error" if rare else "",
            started_at=at,
            ended_at=at,
            from_number=f"+1555{nth:07}",
            to_number=f"+9120{nth:07}",
            recording_key="a/call.wav" if rare else "",
            cost_llm="99.00" if rare else "1.00",
            cost_total="99.00" if rare else "1.00",
            avg_latency=9.0 if rare else 1.0,
            is_unpriced=rare,
            agent_config={},
        )

    Call.objects.bulk_create(call(nth) for nth in range(CALLS))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calls")
    return agent


def plan(browser: Any, query: str) -> str:
    """How the first page of the list is read."""
    from console.call_filters import CallFilters

    organization = Agent.objects.get().organization
    from django.http import QueryDict

    filters = CallFilters(QueryDict(query), organization)
    rows = filters.apply(Call.objects.of(organization)).for_list()
    with connection.cursor() as cursor:
        # At this size reading everything would be as good.
        cursor.execute("SET LOCAL enable_seqscan = off")
    return rows.order_by("-started_at", "-pk")[:51].explain()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "calls_newest"),
        ("range=30d", "calls_newest"),
        ("status=active", "calls_"),
        ("channel=web", "calls_by_channel"),
        ("reason=llm_error", "calls_by_failure"),
        ("recording=yes", "calls_recorded"),
        ("costFrom=50", "calls_by_cost"),
        ("latencyFrom=5000", "calls_by_latency"),
        ("q=%2B15550000007", "calls_by_caller"),
        ("q=%2B91200000007", "calls_by_called"),
        ("q=00000000-0000-4000-8000-000000000001", "calls_pkey"),
        ("reason=llm_error&costFrom=50&recording=yes", "calls_"),
    ],
)
def test_a_filter_reads_its_index(many: Agent, query: str, index: str) -> None:
    how = plan(many, query)

    assert index in how
    assert "Seq Scan on calls" not in how


def test_what_is_found_often_is_found_in_the_lists_own_order(many: Agent) -> None:
    how = plan(many, "recording=no")

    assert "calls_newest" in how
    assert "Sort" not in how
