"""The planner says when to upgrade, in figures that can be checked by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from agents.models import Agent
from calls.load import Hour, Load
from calls.tests.test_load import make_call, minutes
from console.erlang import blocking
from console.planner import TARGET, forecast, plans
from console.tests.conftest import at_browser
from console.tests.reading import html_of, words

START = datetime(2026, 11, 23, 12, tzinfo=UTC)


def day(*erlangs: float, refused: int = 0) -> Load:
    """A day whose last hours had so many erlangs, of calls of a minute each."""
    quiet = [Hour(START)] * (24 - len(erlangs))
    busy = [Hour(START, load * 3600, round(load * 60), refused) for load in erlangs]
    return Load((*quiet, *busy))


def test_ten_erlangs_on_fifteen_lines_lose_365_of_ten_thousand() -> None:
    found = forecast(day(10), 15, [])

    assert found.busy_erlangs == pytest.approx(10)
    assert round(found.present.blocking, 4) == 0.0365
    assert found.present.refused_a_day == pytest.approx(600 * blocking(10, 15))
    assert not found.present.is_enough
    assert found.needed == 18


def test_each_hour_is_refused_by_its_own_load() -> None:
    found = forecast(day(10, 2), 15, [])

    expected = 600 * blocking(10, 15) + 120 * blocking(2, 15)
    assert found.present.refused_a_day == pytest.approx(expected)
    assert found.mean_erlangs == pytest.approx(0.5)


def test_growth_makes_more_calls_of_the_same_length() -> None:
    found = forecast(day(5), 15, [], growth=2.0)

    assert found.busy_erlangs == pytest.approx(10)
    assert found.present.refused_a_day == pytest.approx(600 * blocking(10, 15))


def test_the_limit_of_the_present_plan_is_enough_up_to_its_published_load() -> None:
    found = forecast(day(10), 43, [("Yours", 45)])

    assert found.present.enough_up_to == pytest.approx(31.66, abs=0.01)
    assert found.room == pytest.approx(3.166, abs=0.001)
    labels = [outlook.label for outlook in found.outlooks]
    assert labels[:3] == ["Limit in use", "Yours", "Deepgram, Pay as you go"]


def test_the_pay_as_you_go_plan_is_good_for_the_default_limit() -> None:
    by_name = {(plan.provider, plan.name): plan for plan in plans()}

    assert by_name["Deepgram", "Pay as you go"].limit == 43
    assert by_name["Deepgram", "Growth"].limit == 198
    assert all(plan.source.startswith("https://") for plan in plans())


def test_refusals_in_spite_of_the_formula_are_called_bursts() -> None:
    assert forecast(day(2, refused=5), 15, []).is_bursty
    assert not forecast(day(2), 15, []).is_bursty
    assert not forecast(day(20, refused=5), 15, []).is_bursty


def test_without_calls_nothing_is_expected() -> None:
    found = forecast(day(), 43, [])

    assert (found.busy_erlangs, found.room, found.needed) == (0, None, 1)
    assert found.present.refused_a_day == 0


@pytest.fixture
def busy(agent: Agent) -> Agent:
    """An organization with 10 erlangs in the last hour."""
    began = datetime.now(UTC)
    ago = datetime(2026, 11, 24, 12, 30, tzinfo=UTC) - began
    for _ in range(20):
        make_call(agent, minutes(40) + ago, minutes(30))
    return agent


def test_the_page_answers_with_the_formula(browser: Client, busy: Agent) -> None:
    text = words(html_of(browser, "/capacity?limit=15"))

    assert "Upgrade now." in text
    assert "the limit of 15 refuses about 3.6 % of calls" in text
    assert "18 would refuse at most 1 %" in text
    assert "20 starts of 30m 00s each" in text
    assert "Your figure 15 3.6 % 0.7 8.1 erl too few" in text


def test_growth_can_be_asked_about(browser: Client, busy: Agent) -> None:
    text = words(html_of(browser, "/capacity?growth=-80"))

    assert "times 0.2: 2.00 erlangs in the busiest hour" in text
    assert "Enough for now." in text


@pytest.mark.parametrize("limit", ["0", "-3", "1.5", "lots", "10001", "9" * 400])
def test_a_limit_that_makes_no_sense_is_told(browser: Client, limit: str) -> None:
    text = words(html_of(browser, f"/capacity?limit={limit}"))

    assert "A limit is a whole number from 1 to 10,000." in text
    assert "Your figure" not in text


def test_staff_plans_for_all_and_others_for_themselves(
    operator: User, busy: Agent
) -> None:
    own = words(html_of(at_browser(operator), "/capacity?of=platform"))
    assert "Measured for Shanti Clinics" in own

    operator.is_staff = True
    operator.save()

    staff = at_browser(operator)
    assert "Measured for the platform" in words(html_of(staff, "/capacity"))
    assert "Shanti Clinics over the" in words(
        html_of(staff, "/capacity?of=organization")
    )


def test_the_last_week_is_seven_days_long(browser: Client, busy: Agent) -> None:
    text = words(html_of(browser, "/capacity?range=week&limit=15"))

    assert "over the last week" in text
    assert "Your figure 15 3.6 % 0.1 8.1 erl" in text
    assert TARGET == 0.01
    assert timedelta(days=7) == timedelta(hours=168)
