"""Status: how everything is, how it was, how the jobs went, and what runs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from calls.models import Call
from console.job_rows import JobRow, job_rows
from console.tests.conftest import at_browser
from console.tests.reading import html_of, words
from doubles.bot import BotDouble
from health.models import HealthSample
from health.views import DEEP
from jobs import work
from jobs.models import JobRun
from jobs.runner import run

WELL = {
    "api": "ok",
    "database": "ok",
    "redis": "ok",
    "bot": "ok",
    "voice_transport": "ok",
    "minio": "ok",
}


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    """No result of another test's checks is shared."""
    for probe in DEEP.members:
        probe.forget()


def sample(ago: timedelta, **checks: str) -> None:
    HealthSample.objects.create(at=timezone.now() - ago, checks=WELL | checks)


def rows() -> dict[str, JobRow]:
    return {row.name: row for row in job_rows()}


@pytest.mark.django_db(transaction=True)
def test_what_is_not_well_is_said_first(browser: Client, no_bot: None) -> None:
    text = words(html_of(browser, "/status/part"))

    assert "2 of 6 dependencies are not well: Bot (unavailable), Voice" in text
    assert "PostgreSQL Holds calls and money" in text


@pytest.mark.django_db(transaction=True)
def test_the_page_itself_waits_for_nothing(browser: Client, no_bot: None) -> None:
    html = html_of(browser, "/status")

    assert 'src="/status/part"' in html
    assert "Everything is being checked" in html
    assert DEEP.members[2].last == "not known"


@pytest.mark.django_db(transaction=True)
def test_the_last_day_is_a_strip_for_each_dependency(
    browser: Client, bot: BotDouble
) -> None:
    for nth in range(8):
        sample(timedelta(minutes=30 * nth + 1))
    sample(timedelta(hours=6), redis="timed out")

    html = html_of(browser, "/status/part")

    assert html.count('class="strip"') == 6
    assert html.count('class="failed" x=') == 1
    assert "Redis, last day: 88.9 % of checks passed" in html
    assert "88.88 %" in words(html)
    assert "1 quarter hour with failures" in words(html)
    assert "timed out" in html


@pytest.mark.django_db(transaction=True)
def test_without_a_past_the_strips_say_so(browser: Client, bot: BotDouble) -> None:
    text = words(html_of(browser, "/status/part"))

    assert text.count("no data") >= 6
    assert "100 %" not in text


@pytest.mark.django_db(transaction=True)
def test_versions_are_those_that_run(browser: Client, bot: BotDouble) -> None:
    text = words(html_of(browser, "/status/part"))

    assert "osmTalk dev" in text
    assert "Django 5.2" in text
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
    assert f"PostgreSQL {version}" in text
    assert "Valkey " in text or "Redis " in text


def test_a_job_that_ran_says_when_it_runs_next(db: None) -> None:
    work.reconcile_capacity()

    row = rows()[work.RECONCILE]

    assert row.state == "ok"
    assert row.run is not None
    assert row.next_at == row.run.started_at + timedelta(minutes=30)
    assert row.every == "every 30 min"
    assert ("orgs", 0) in row.results
    assert rows()[work.SWEEP].state == "waiting"
    assert rows()[work.ORPHANS].every == "daily at 03:30 UTC"


def test_a_job_that_failed_says_how(db: None) -> None:
    run(work.SWEEP, dict)

    def broken() -> dict[str, Any]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run(work.SWEEP, broken)

    row = rows()[work.SWEEP]
    assert (row.state, row.error) == ("failed", "ValueError")
    assert row.results == []


def test_a_job_whose_time_is_long_past_is_late(db: None) -> None:
    ran(work.LOST_CALLS, timedelta(minutes=5))
    ran(work.SWEEP, timedelta(hours=1, minutes=30))
    ran(work.ORPHANS, timedelta(days=2))

    found = rows()

    assert found[work.LOST_CALLS].state == "late"
    assert found[work.SWEEP].state == "ok"
    assert found[work.ORPHANS].state == "late"


def ran(name: str, ago: timedelta) -> None:
    at = timezone.now() - ago
    JobRun.objects.create(
        name=name, started_at=at, ms=5, succeeded=True, last_success_at=at, result={}
    )


@pytest.mark.django_db(transaction=True)
def test_a_job_that_runs_now_is_shown_as_running() -> None:
    seen: list[str] = []

    def looking() -> dict[str, Any]:
        seen.append(rows()[work.SWEEP].state)
        return {}

    run(work.SWEEP, looking)

    assert seen == ["running"]
    assert rows()[work.SWEEP].state == "ok"


def test_a_schedule_of_somebody_elses_is_told(db: None, settings: Settings) -> None:
    plan = dict(configured.CELERY_BEAT_SCHEDULE)
    del plan[work.SWEEP]
    settings.CELERY_BEAT_SCHEDULE = plan

    row = rows()[work.SWEEP]

    assert (row.state, row.next_at) == ("outside", None)
    assert row.every == "by a scheduler of yours"


def test_every_job_of_the_schedule_is_on_the_page(db: None) -> None:
    assert set(configured.CELERY_BEAT_SCHEDULE) <= set(rows())


@pytest.mark.django_db(transaction=True)
def test_a_moment_in_a_result_is_told_in_the_viewers_zone(
    browser: Client, operator: User
) -> None:
    User.objects.filter(pk=operator.pk).update(is_staff=True)
    JobRun.objects.create(
        name=work.SWEEP,
        started_at=timezone.now(),
        last_success_at=timezone.now(),
        ms=5,
        succeeded=True,
        result={"cutoff": timezone.now().isoformat()},
    )

    html = browser.get("/status/part").content.decode()

    assert "<code>cutoff</code> <time" in html


def test_results_are_for_staff(
    operator: User, bot: BotDouble, start: Callable[..., Call]
) -> None:
    start()
    work.reconcile_capacity()
    assert "globalCount" not in html_of(at_browser(operator), "/status/part")

    operator.is_staff = True
    operator.save()

    text = words(html_of(at_browser(operator), "/status/part"))
    assert "globalCount 1" in text


@pytest.mark.parametrize("url", ["/status", "/status/part"])
def test_nobody_is_sent_to_log_in(db: None, url: str) -> None:
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("url", ["/status", "/status/part"])
def test_a_page_is_only_read(browser: Client, url: str) -> None:
    assert browser.post(url).status_code == 405
