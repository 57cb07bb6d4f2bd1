"""The list of calls: every filter, what is too much, and views that are kept."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from agents.models import Agent
from calls.models import Call
from console import patience
from console.tests.conftest import at_browser
from console.views import calls as view

CHEAP, DEAR = "+15550100001", "+15550100002"


@pytest.fixture
def two(agent: Agent) -> tuple[Call, Call]:
    """A call of today that went well, and one of last week that did not."""
    now = timezone.now()
    other = Agent.objects.create(
        organization=agent.organization, name="Order desk", prompt="Sell."
    )
    well = Call.objects.create(
        organization=agent.organization, agent=agent, channel="web",
        status="completed", started_at=now, ended_at=now, from_number=CHEAP,
        cost_llm="1.50", cost_total="1.50", avg_latency=0.8, recording_key="a/call.wav",
        agent_config=agent.frozen_config(),
    )  # fmt: skip
    then = now - timedelta(days=8)
    badly = Call.objects.create(
        organization=agent.organization, agent=other, channel="phone",
        status="failed", failure_reason="llm_error", started_at=then, ended_at=then,
        from_number=DEAR, cost_llm="20.00", cost_total="20.00", avg_latency=2.5,
        agent_config=other.frozen_config(),
    )  # fmt: skip
    return well, badly


@pytest.mark.parametrize(
    ("query", "finds_well", "finds_badly"),
    [
        ("", True, True),
        (f"q=%2B{CHEAP[1:]}", True, False),
        ("q=%2B1555", True, True),
        ("channel=phone", False, True),
        ("status=completed", True, False),
        ("range=7d", True, False),
        ("range=30d", True, True),
        ("until=2020-01-01", False, False),
        ("reason=llm_error", False, True),
        ("recording=yes", True, False),
        ("recording=no", False, True),
        ("costFrom=2", False, True),
        ("costTo=2", True, False),
        ("latencyFrom=2000", False, True),
        ("latencyTo=2000", True, False),
        ("status=failed&channel=web", False, False),
    ],
)
def test_a_filter_in_the_address_leaves_the_calls_that_fit(
    browser: Client,
    two: tuple[Call, Call],
    query: str,
    finds_well: bool,
    finds_badly: bool,
) -> None:
    html = browser.get(f"/calls?{query}").content.decode()

    assert [f"/calls/{call.pk}" in html for call in two] == [finds_well, finds_badly]
    assert ("No call fits" in html) == (not finds_well and not finds_badly)


def test_a_call_is_found_by_its_agent_and_by_its_id(
    browser: Client, two: tuple[Call, Call]
) -> None:
    for query in (f"agent={two[1].agent_id}", f"q={two[1].pk}"):
        html = browser.get(f"/calls?{query}").content.decode()

        assert f"/calls/{two[1].pk}" in html
        assert f"/calls/{two[0].pk}" not in html


def test_a_filter_that_cannot_be_is_passed_over_and_said(
    browser: Client, two: tuple[Call, Call]
) -> None:
    html = browser.get("/calls?since=yesterday&status=completed").content.decode()

    assert "Enter a valid date." in html
    assert f"/calls/{two[0].pk}" in html
    assert f"/calls/{two[1].pk}" not in html


def test_more_than_can_be_counted_is_said_as_such(
    browser: Client, two: tuple[Call, Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "MOST_COUNTED", 1)

    assert "10,000+" in browser.get("/calls").content.decode()


@pytest.fixture
def nothing_answers(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Whoever asks for calls waits longer than a page's patience."""
    monkeypatch.setattr(patience, "PATIENCE_MS", 50)
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE calls")
        yield
    other.rollback()
    other.close()


@pytest.mark.parametrize("path", ["/calls", "/analytics", "/analytics/latency"])
def test_a_page_that_has_to_look_through_too_much_says_so(
    browser: Client, nothing_answers: None, path: str
) -> None:
    response = browser.get(path)

    assert response.status_code == 200
    assert "That took too long" in response.content.decode()


def test_a_view_is_kept_for_all_of_the_organization(
    browser: Client, member: User, stranger: User
) -> None:
    browser.post("/calls/views", {"name": "Failed", "query": "status=failed"})

    assert '?status=failed"' in at_browser(member).get("/calls").content.decode()
    assert "Failed</a>" not in at_browser(stranger).get("/calls").content.decode()


def test_a_list_without_calls_leads_to_an_agent(browser: Client) -> None:
    html = browser.get("/calls").content.decode()

    assert "No calls yet" in html
    assert '<a href="/agents">Talk to an agent</a>' in html
