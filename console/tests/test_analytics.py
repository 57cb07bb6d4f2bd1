"""Analytics: every figure is exact, of one's own calls, and of the days asked for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agents.models import Agent
from calls import analytics
from calls.latency_series import GROUPS, series
from calls.models import Call
from calls.ranges import Range
from console.tests.conftest import at_browser

PAGES = (
    "/analytics",
    "/analytics/costs",
    "/analytics/latency",
    "/analytics/failures",
)
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
TWO_DAYS = "since=2026-11-10&until=2026-11-11"

Make = Callable[..., Call]


@pytest.fixture
def make(agent: Agent) -> Make:
    """Saves an ended call that started some hours after noon of the tenth."""

    def make(hours: float = 0, **columns: Any) -> Call:
        at = NOON + timedelta(hours=hours)
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


def costing(llm: str, tts: str, total: str) -> dict[str, str]:
    return {"cost_llm": llm, "cost_tts": tts, "cost_total": total}


def wanted(agent: Agent, **more: Any) -> Range:
    """The tenth and the eleventh, in UTC."""
    tenth = NOON.replace(hour=0)
    days = (tenth, tenth + timedelta(days=1))
    return Range(agent.organization_id, days, tenth + timedelta(days=2), **more)


@pytest.mark.parametrize("url", PAGES)
def test_a_page_opens_without_a_call(browser: Client, url: str) -> None:
    html = browser.get(url).content.decode()

    assert "No calls in these days" in html
    assert " style=" not in html


@pytest.mark.parametrize("url", PAGES)
def test_a_page_asks_as_much_however_many_calls_there_are(
    browser: Client, make: Make, url: str
) -> None:
    make(avg_latency=1.0)
    few = queries(browser, f"{url}?{TWO_DAYS}")
    for hour in range(20):
        make(hour, avg_latency=1.0)

    assert queries(browser, f"{url}?{TWO_DAYS}") == few <= 12


def queries(browser: Client, url: str) -> int:
    browser.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def test_calls_are_counted_on_the_day_of_the_viewer(
    browser: Client, make: Make
) -> None:
    make(6.75)  # a quarter past midnight of the eleventh in India
    browser.cookies["zone"] = "Asia/Kolkata"

    eleventh = browser.get("/analytics?since=2026-11-11&until=2026-11-11")
    tenth = browser.get("/analytics?since=2026-11-10&until=2026-11-10")

    assert [share.count for share in eleventh.context["mix"]] == [1, 0, 0]
    assert tenth.context["mix"] == []
    wednesday = eleventh.context["heat"][2][1]
    assert (wednesday[0].count, wednesday[0].shade) == (1, 6)


def test_money_is_summed_to_the_paisa_by_day_and_by_agent(
    browser: Client, make: Make, agent: Agent
) -> None:
    for _ in range(10):
        make(**costing("0.10", "0.20", "0.30"))
    make(24, **costing("1.01", "2.02", "3.03"), is_unpriced=True)

    found = analytics.spending(wanted(agent))

    assert str(found.days[0].total) == "3.00"
    assert str(found.days[1].llm) == "1.01"
    assert (found.agents[agent.pk].calls, found.whole.unpriced) == (11, 1)
    html = browser.get(f"/analytics/costs?{TWO_DAYS}").content.decode()
    assert "₹6.03" in html
    assert "Calls with unpriced use" in html


def test_latency_has_exact_percentiles_for_each_group_and_day(
    make: Make, agent: Agent
) -> None:
    for nth in range(1, 102):
        engine = "openai/gpt-4.1" if nth % 2 else "groq/llama"
        make(avg_latency=nth / 100, avg_llm_ttfb=nth / 1000, llm_engine=engine)
    make(24, avg_latency=9.0)

    (everything,) = series(wanted(agent), "all")
    by_provider = {each.name: each for each in series(wanted(agent), "llm-provider")}

    assert everything.whole.calls == 102
    assert everything.days[0].p50 == pytest.approx(0.51)
    assert everything.days[0].p95 == pytest.approx(0.96)
    assert everything.days[1].p99 == 9.0
    assert {name: s.whole.calls for name, s in by_provider.items()} == {
        "openai": 51,
        "groq": 50,
    }
    assert by_provider["groq"].whole.p50 == pytest.approx(0.051)


@pytest.mark.parametrize("by", list(GROUPS))
@pytest.mark.parametrize("figure", ["p50", "p99"])
def test_latency_is_shown_by_whatever_is_asked(
    browser: Client, make: Make, by: str, figure: str
) -> None:
    engines = {f"{kind}_engine": "openai/one" for kind in ("llm", "stt", "tts")}
    ttfb = {f"avg_{kind}_ttfb": 0.25 for kind in ("llm", "stt", "tts")}
    make(avg_latency=0.75, **engines, **ttfb)

    url = f"/analytics/latency?{TWO_DAYS}&by={by}&figure={figure}"
    html = browser.get(url).content.decode()

    assert ("750 ms" if by in ("all", "agent") else "250 ms") in html


def test_failures_are_laid_at_somebodys_door(browser: Client, make: Make) -> None:
    make()
    make(status="failed", failure_reason="llm_error")
    make(status="failed", failure_reason="tts_error")
    make(status="failed", failure_reason="a_reason_of_tomorrow")

    page = browser.get(f"/analytics/failures?{TWO_DAYS}")

    counts = {kind: count for kind, _, count, _ in page.context["blames"]}
    assert counts["provider"] == 2
    assert counts["platform"] == 1
    assert page.context["share"] == 0.75
    assert "The language model failed" in page.content.decode()


@pytest.mark.parametrize("url", PAGES)
def test_anothers_calls_do_not_count(stranger: User, make: Make, url: str) -> None:
    failed = {"status": "failed", "failure_reason": "llm_error"}
    make(avg_latency=1.0, **failed, **costing("1.00", "0.00", "1.00"))

    html = at_browser(stranger).get(f"{url}?{TWO_DAYS}").content.decode()

    assert "No calls in these days" in html


def test_one_agent_can_be_looked_at_alone(
    browser: Client, make: Make, agent: Agent
) -> None:
    other = Agent.objects.create(
        organization=agent.organization, name="Other", prompt="Be brief."
    )
    make()
    make(agent=other)

    page = browser.get(f"/analytics?{TWO_DAYS}&agent={other.pk}")

    assert [share.count for share in page.context["mix"]] == [1, 0, 0]


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-11-11&until=2026-11-10",
        "since=2020-01-01",
        "since=0001-01-01",
        "range=never",
        "agent=nobody",
        "since=x&until=%00",
    ],
)
@pytest.mark.parametrize("url", PAGES)
def test_a_range_that_makes_no_sense_is_named_and_the_usual_one_shown(
    browser: Client, url: str, query: str
) -> None:
    response = browser.get(f"{url}?{query}")

    assert response.status_code == 200
    assert "notice error" in response.content.decode()
    assert len(response.context["days"]) == 30


OTHER_INDEXES = """
    SELECT indexname FROM pg_indexes
    WHERE tablename = 'calls' AND indexname NOT IN (%s, 'calls_pkey')
"""


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (analytics.VOLUME, "calls_figures"),
        (analytics.SPENT, "calls_figures"),
    ],
)
def test_figures_are_read_from_an_index_alone(
    make: Make, agent: Agent, statement: str, index: str
) -> None:
    make()
    with connection.cursor() as cursor:
        # Of so few rows any index would do: it is this one or none.
        cursor.execute(OTHER_INDEXES, [index])
        for (other,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {other}")
        for name in ("seqscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{name} = off")
    plan = analytics.rows_of(f"EXPLAIN {statement}", wanted(agent))

    assert f"Index Only Scan using {index}" in "\n".join(row[0] for row in plan)
