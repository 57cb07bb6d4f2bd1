"""The list of calls: newest first, filtered, by cursor, in few queries."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from agents.models import Agent
from calls.models import Call
from doubles.bot import BotDouble

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def make(agent: Agent) -> Callable[..., Call]:
    """Saves an ended call that started some minutes after noon."""

    def make(minute: int = 0, **columns: Any) -> Call:
        at = NOON + timedelta(minutes=minute)
        values: dict[str, Any] = {
            "organization": agent.organization,
            "agent": agent,
            "channel": "web",
            "status": "completed",
            "started_at": at,
            "ended_at": at + timedelta(seconds=90),
            "duration_secs": 90,
            "agent_config": agent.frozen_config(),
        }
        return Call.objects.create(**(values | columns))

    return make


def ids(body: dict[str, Any]) -> list[str]:
    return [call["id"] for call in body["calls"]]


def test_a_call_in_a_list_has_these_fields(
    api: APIClient, make: Callable[..., Call], agent: Agent
) -> None:
    call = make(
        from_number="+919812345678",
        turns=8,
        prompt_tokens=1240,
        completion_tokens=380,
        avg_latency=1.42,
        cost_llm="7.35",
        cost_total="7.35",
        billing_status="charged",
    )

    assert api.get("/api/calls").json() == {
        "calls": [
            {
                "id": str(call.pk),
                "agentId": str(agent.pk),
                "agentName": "Receptionist",
                "channel": "web",
                "direction": "inbound",
                "status": "completed",
                "failureReason": None,
                "from": "+919812345678",
                "to": "",
                "startedAt": "2026-11-01T12:00:00Z",
                "endedAt": "2026-11-01T12:01:30Z",
                "durationSeconds": 90.0,
                "turns": 8,
                "totalTokens": 1620,
                "avgLatency": 1.42,
                "costTotal": "7.35",
                "billingStatus": "charged",
                "hasRecording": False,
            }
        ],
        "nextCursor": None,
    }


def test_pages_follow_each_other_without_gap_or_overlap(
    api: APIClient, make: Callable[..., Call]
) -> None:
    # Three of them at the same instant.
    made = [make(minute) for minute in (0, 1, 2, 2, 2, 3, 4)]

    seen, cursor = [], ""
    for _ in range(4):
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        body = api.get(f"/api/calls{query}").json()
        seen += ids(body)
        cursor = body["nextCursor"]

    assert cursor is None
    newest = sorted(made, key=lambda call: (call.started_at, call.pk), reverse=True)
    assert seen == [str(call.pk) for call in newest]


@pytest.mark.parametrize(
    ("query", "minutes"),
    [
        ("status=failed", [2]),
        ("channel=phone", [1]),
        ("failureReason=no_answer", [2]),
        ("hasRecording=true", [3]),
        ("startedFrom=2026-11-01T12:02:00Z", [3, 2]),
        ("startedTo=2026-11-01T12:02:00Z", [1, 0]),
        ("status=completed&channel=web", [3, 0]),
    ],
)
def test_filters_are_met_together(
    api: APIClient, make: Callable[..., Call], query: str, minutes: list[int]
) -> None:
    made = [
        make(0),
        make(1, channel="phone"),
        make(2, status="failed", failure_reason="no_answer"),
        make(3, recording_key="a/call.wav"),
    ]

    body = api.get(f"/api/calls?{query}").json()

    assert ids(body) == [str(made[minute].pk) for minute in minutes]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=many",
        "cursor=nonsense",
        "cursor=WzEsMl0",
        "cursor=WyIyMDI2LTExLTAxIiwgIngiXQ",
        "agentId=7",
        "agentId=%00",
        "channel=carrier-pigeon",
        "startedFrom=yesterday",
    ],
)
def test_a_wrong_query_is_refused(api: APIClient, query: str) -> None:
    response = api.get(f"/api/calls?{query}")

    assert response.status_code == 400
    assert response.json()["code"] == "invalid"


def test_a_list_costs_as_many_queries_for_fifty_calls_as_for_one(
    api: APIClient, make: Callable[..., Call]
) -> None:
    make()
    api.get("/api/calls")
    with CaptureQueriesContext(
        connection,
    ) as one:
        api.get("/api/calls")
    for minute in range(50):
        make(minute)

    with CaptureQueriesContext(connection) as fifty:
        api.get("/api/calls")

    assert len(fifty) == len(one) == 2


def test_a_list_reads_no_json(api: APIClient, make: Callable[..., Call]) -> None:
    make()

    with CaptureQueriesContext(connection) as queries:
        api.get("/api/calls")

    read = queries[-1]["sql"]
    for column in ("metrics", "transcript", "agent_config", "dynamic_variables"):
        assert f'"{column}"' not in read


def test_details_cost_as_many_queries_however_many_lines(
    api: APIClient,
    internal: APIClient,
    start: Callable[..., Call],
    report: Callable[..., Any],
    rates: Any,
    bot: BotDouble,
) -> None:
    call = start()
    internal.post(f"/api/calls/{call.pk}/complete", report())
    api.get("/api/calls")

    with CaptureQueriesContext(connection) as queries:
        body = api.get(f"/api/calls/{call.pk}").json()

    assert len(body["costLines"]) == 4
    assert len(queries) == 3
