"""Capacity: peaks, refusals, episodes and holders, for those whose they are."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calls.models import Call
from capacity import history
from capacity.history import PLATFORM
from capacity.models import EpisodeKind, Peak
from console.capacity_figures import DAY, WEEK, Figures
from console.charts.occupancy import FLOOR, FULL, WIDTH, occupancy
from console.tests.conftest import at_browser
from console.tests.reading import html_of, words
from orgs.models import Organization

PAGES = ["/capacity", "/capacity/gauges", "/capacity/holders"]


@pytest.fixture
def staff(operator: User) -> Client:
    operator.is_staff = True
    operator.save()
    return at_browser(operator)


def peak(organization: Organization | None, ago: timedelta, calls: int) -> None:
    minute = (timezone.now() - ago).replace(second=0, microsecond=0)
    key = organization.pk if organization else PLATFORM
    Peak.objects.create(organization_id=key, minute=minute, peak=calls)


def test_peaks_and_what_was_free_are_exact(
    browser: Client, organization: Organization
) -> None:
    peak(organization, timedelta(hours=3), 9)
    peak(organization, timedelta(hours=5), 12)
    peak(organization, timedelta(days=2), 14)

    (day,) = Figures(DAY).of([organization])
    (week,) = Figures(WEEK).of([organization])

    assert (day.chart.highest.calls, day.chart.free) == (12, 3)
    assert (week.chart.highest.calls, week.chart.free) == (14, 1)
    assert len(day.chart.bars) == 96
    assert len(week.chart.bars) == 84
    text = words(html_of(browser, "/capacity"))
    assert "Peak 12" in text
    assert "Free at the peak 3" in text
    assert "Peak 14" in words(html_of(browser, "/capacity?range=week"))


def test_refusals_are_told_by_scope(
    browser: Client, organization: Organization, other_organization: Organization
) -> None:
    for scope, count in (("org", 3), ("global", 2)):
        for _ in range(count):
            history.count_refusal(str(organization.pk), scope)
    history.count_refusal(str(other_organization.pk), "org")

    text = words(html_of(browser, "/capacity"))

    assert "Starts refused 5 2 by the platform's limit 3 by its own limit" in text
    assert Figures(DAY).platform().refused == {"org": 4, "global": 2}


def test_staff_sees_all_and_others_their_own(
    staff: Client, member: User, other_organization: Organization
) -> None:
    peak(other_organization, timedelta(hours=1), 7)
    peak(None, timedelta(hours=1), 7)

    every, own = (
        words(html_of(staff, "/capacity")),
        words(html_of(at_browser(member), "/capacity")),
    )

    assert "Other Traders" in every
    assert "Platform" in every
    assert "usual work" in every
    for hidden in ("Other Traders", "Platform", "usual work"):
        assert hidden not in own


def test_who_holds_each_slot_since_when(
    browser: Client,
    stranger: User,
    staff: Client,
    start: Callable[..., Call],
) -> None:
    call = start()
    since = timezone.now() - timedelta(seconds=3725)
    Call.objects.filter(pk=call.pk).update(started_at=since)

    own = html_of(browser, "/capacity/holders")

    assert f"/calls/{call.pk}" in own
    assert "1h 02m" in own
    assert "Shanti Clinics" in html_of(staff, "/capacity/holders")
    elsewhere = html_of(at_browser(stranger), "/capacity/holders")
    assert str(call.pk) not in elsewhere
    assert "No slot is in use" in elsewhere


def test_episodes_and_drift_are_told(staff: Client) -> None:
    history.note(EpisodeKind.FALLBACK, 3)
    history.note(EpisodeKind.REBUILT)
    history.note(EpisodeKind.DRIFT, 0)

    text = words(html_of(staff, "/capacity"))

    assert "Admitted by PostgreSQL because Redis did not answer 3 last" in text
    assert "Sets in Redis rebuilt 1 last" in text
    assert "Slots mended by the reconciliation 0" in text
    assert "were compared last at" in text
    assert "overdue" not in text


def test_nothing_yet_is_said(browser: Client, staff: Client) -> None:
    text = words(html_of(staff, "/capacity"))

    assert "No voice call in this time." in text
    assert "Nothing in this time: Redis answered throughout" in text
    assert "have not been compared yet" in text
    assert "no load to plan by" in text
    assert "No slot is in use." in text


@pytest.mark.parametrize("url", PAGES)
def test_nobody_is_sent_to_log_in(db: None, url: str) -> None:
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("url", PAGES)
def test_a_page_is_only_read(browser: Client, url: str) -> None:
    assert browser.post(url).status_code == 405


def test_a_period_that_there_is_not_is_the_last_day(browser: Client) -> None:
    html = html_of(browser, "/capacity?range=century")

    assert re.search(r'aria-current="true">\s*Last day', html)


def test_it_costs_as_many_queries_however_many_organizations(staff: Client) -> None:
    def queries() -> int:
        staff.get("/capacity")
        with CaptureQueriesContext(connection) as captured:
            staff.get("/capacity")
        return len(captured)

    few = queries()
    for nth in range(20):
        peak(Organization.objects.create(name=f"No {nth}"), timedelta(hours=1), nth + 1)

    assert queries() == few <= 32


def test_a_chart_is_drawn_to_the_limit_or_to_the_peak() -> None:
    first = datetime(2026, 11, 24, tzinfo=UTC)
    starts = [first + nth * timedelta(hours=6) for nth in range(4)]

    chart = occupancy(starts, {starts[1]: 5, starts[2]: 20}, {starts[2]: 3}, 10)

    assert [bar.calls for bar in chart.bars] == [0, 5, 20, 0]
    assert chart.bars[2].height == pytest.approx(FLOOR * FULL)
    assert chart.bars[1].height == pytest.approx(chart.bars[2].height / 4)
    assert chart.limit_y == pytest.approx(FLOOR - FLOOR * FULL / 2)
    assert chart.bars[-1].x + chart.bars[-1].width <= WIDTH
    assert (chart.free, chart.refused) == (0, 3)
    assert chart.times[-1] == first + timedelta(days=1)
