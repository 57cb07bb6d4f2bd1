"""Figures over many calls: of an agent, of all, and of each call's costs."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from agents.models import Agent
from calls.models import Call
from doubles.bot import BotDouble

NOTHING = {f"cost{part}": "0.00" for part in ("Llm", "Stt", "Tts", "Sip", "Total")}


@pytest.fixture
def make(agent: Agent) -> Callable[..., Call]:
    """Saves a call of 90 seconds that started ``days`` ago and cost ₹7.35."""

    def make(days: float = 1, **columns: Any) -> Call:
        at = timezone.now() - timedelta(days=days)
        values: dict[str, Any] = {
            "organization": agent.organization,
            "agent": agent,
            "channel": "web",
            "status": "completed",
            "started_at": at,
            "ended_at": at + timedelta(seconds=90),
            "duration_secs": 90,
            "cost_llm": Decimal("0.11"),
            "cost_stt": Decimal("0.93"),
            "cost_tts": Decimal("6.31"),
            "cost_total": Decimal("7.35"),
            "agent_config": agent.frozen_config(),
        }
        return Call.objects.create(**(values | columns))

    return make


def test_an_agents_figures_are_of_its_calls_in_the_range(
    api: APIClient, agent: Agent, make: Callable[..., Call]
) -> None:
    other = Agent.objects.create(
        organization=agent.organization, name="Other", prompt="Be brief."
    )
    for latency in (1.0, 2.0, 3.0):
        make(avg_latency=latency)
    make(status="failed", failure_reason="llm_error")
    make(days=31)
    make(agent=other)

    body = api.get(f"/api/agents/{agent.pk}/stats").json()

    since, until = body.pop("startedFrom"), body.pop("startedTo")
    assert since < until
    assert body == {
        "agentId": str(agent.pk),
        "calls": 4,
        "completed": 3,
        "failed": 1,
        "minutes": 6.0,
        "costLlm": "0.44",
        "costStt": "3.72",
        "costTts": "25.24",
        "costSip": "0.00",
        "costTotal": "29.40",
        "latencyP50": 2.0,
        "latencyP95": pytest.approx(2.9),
    }


def test_the_range_may_be_chosen(
    api: APIClient, agent: Agent, make: Callable[..., Call]
) -> None:
    make(days=1)
    make(days=40)
    url = f"/api/agents/{agent.pk}/stats"
    now = timezone.now()

    def calls(**query: Any) -> int:
        count: int = api.get(url, query).json()["calls"]
        return count

    assert calls(startedFrom=now - timedelta(days=50)) == 2
    assert calls(startedTo=now - timedelta(days=20)) == 1
    assert calls(startedFrom=now - timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    "query",
    [
        {"startedFrom": "yesterday"},
        {"startedFrom": "2026-11-02T00:00:00Z", "startedTo": "2026-11-01T00:00:00Z"},
        {"startedFrom": "2020-01-01T00:00:00Z"},
        {"startedTo": "0001-01-01T00:00:00Z"},
        {"startedFrom": "9999-12-31T23:59:59Z"},
    ],
)
def test_a_range_that_is_none_is_invalid(
    api: APIClient, agent: Agent, query: dict[str, str]
) -> None:
    response = api.get(f"/api/agents/{agent.pk}/stats", query)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")


def test_without_calls_the_figures_are_nothing(api: APIClient, agent: Agent) -> None:
    body = api.get(f"/api/agents/{agent.pk}/stats").json()

    assert (
        body.items()
        >= (
            NOTHING
            | {"calls": 0, "minutes": 0.0, "latencyP50": None, "latencyP95": None}
        ).items()
    )


def test_anothers_agent_has_no_figures(strange_api: APIClient, agent: Agent) -> None:
    assert strange_api.get(f"/api/agents/{agent.pk}/stats").status_code == 404


def test_the_dashboard_is_of_all_agents_and_of_now(
    api: APIClient,
    strange_api: APIClient,
    bot: BotDouble,
    make: Callable[..., Call],
    start: Callable[..., Call],
) -> None:
    make()
    start()

    body = api.get("/api/widget/dashboard").json()
    theirs = strange_api.get("/api/widget/dashboard").json()

    assert (body["agents"], body["activeCalls"], body["calls"]) == (1, 1, 2)
    assert body["costTotal"] == "7.35"
    assert (theirs["agents"], theirs["activeCalls"], theirs["calls"]) == (0, 0, 0)


def test_usage_is_the_cost_of_each_call(
    api: APIClient, strange_api: APIClient, agent: Agent, make: Callable[..., Call]
) -> None:
    newer, older = make(days=1, billing_status="charged"), make(days=2, channel="chat")

    body = api.get("/api/billing/usage").json()

    assert [row["callId"] for row in body["usage"]] == [str(newer.pk), str(older.pk)]
    started = body["usage"][0].pop("startedAt")
    assert started.endswith("Z")
    assert body["usage"][0] == {
        "callId": str(newer.pk),
        "agentId": str(agent.pk),
        "agentName": "Receptionist",
        "channel": "web",
        "durationSeconds": 90.0,
        "totalTokens": None,
        "costLlm": "0.11",
        "costStt": "0.93",
        "costTts": "6.31",
        "costSip": "0.00",
        "costTotal": "7.35",
        "isUnpriced": False,
        "billingStatus": "charged",
    }
    chats = api.get("/api/billing/usage", {"channel": "chat", "fields": "callId"})
    assert chats.json() == {"usage": [{"callId": str(older.pk)}], "nextCursor": None}
    assert strange_api.get("/api/billing/usage").json()["usage"] == []


def test_usage_reads_no_row_for_each_call(
    api: APIClient, make: Callable[..., Call], django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        make()
    api.get("/api/billing/usage")

    with django_assert_num_queries(2):  # the key, and the calls
        api.get("/api/billing/usage")


def test_widgets_see_calls_as_the_api_does(
    api: APIClient, strange_api: APIClient, make: Callable[..., Call]
) -> None:
    call = make(from_number="+919812345678")

    for path in ("calls", f"calls/{call.pk}", "calls?fields=from,id&status=completed"):
        assert api.get(f"/api/widget/{path}").json() == api.get(f"/api/{path}").json()
    assert strange_api.get(f"/api/widget/calls/{call.pk}").status_code == 404
    assert api.get("/api/widget/calls?fields=from").json()["calls"] == [
        {"from": "+919812345678"}
    ]
