"""Live: the calls that go on, how full the limits are, and hanging up."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from calls.channels import Channel
from calls.models import Call
from calls.slots import gate, slot_of
from capacity.breaker import Breaker
from common.redis import client
from console.tests.conftest import at_browser
from console.tests.reading import html_of, words
from console.views.live import MOST_CALLS
from doubles.bot import BotDouble
from orgs.models import Organization

Start = Callable[..., Call]


def test_a_call_is_shown_with_all_that_is_known_of_it(
    browser: Client, start: Start
) -> None:
    call = start(Channel.PHONE, from_number="+15550101234")
    Call.objects.filter(pk=call.pk).update(
        started_at=timezone.now() - timedelta(seconds=102),
        heartbeat_at=timezone.now() - timedelta(seconds=4),
    )

    html = html_of(browser, "/live/part")
    text = words(html)

    assert f"/calls/{call.pk}" in html
    assert "Receptionist" in text
    assert "Phone" in text
    assert "+15550101234" in text
    assert re.search(r"1m 4[2-5]s", text)
    assert re.search(r"[4-7]s ago", text)
    assert "held" in text
    assert "1 active call, as of" in text


def test_whoever_has_ended_is_gone(browser: Client, start: Start) -> None:
    call = start()
    browser.post(f"/live/{call.pk}/end")

    text = words(html_of(browser, "/live/part"))

    assert "Nobody is on a call" in text


def test_a_call_that_no_bot_confirms_stands_out(browser: Client, start: Start) -> None:
    call = start()
    before = timezone.now() - timedelta(seconds=50)
    Call.objects.filter(pk=call.pk).update(heartbeat_at=before)

    assert "No bot confirms this call" in html_of(browser, "/live")


def test_a_slot_that_redis_does_not_have_is_told(browser: Client, start: Start) -> None:
    gate.release([slot_of(start())])
    start()

    text = words(html_of(browser, "/live/part"))

    assert "not in Redis" in text
    assert "held" in text


def test_without_redis_the_page_says_who_counts(
    browser: Client, start: Start, settings: Settings
) -> None:
    start()
    client().flushdb()
    gate.breaker = Breaker(60)

    assert "by PostgreSQL" in words(html_of(browser, "/live/part"))


def test_the_gauges_show_ones_own_limit_and_to_staff_the_platforms(
    browser: Client, operator: User, start: Start, organization: Organization
) -> None:
    organization.max_concurrent_calls = 2
    organization.save()
    start()
    assert "Shanti Clinics 1 of 2 slots in use" in words(html_of(browser, "/live"))
    assert "Platform" not in words(html_of(browser, "/live/part"))

    operator.is_staff = True
    operator.save()
    start()

    text = words(html_of(browser, "/live/part"))
    assert "Platform 2 of 43 slots in use" in text
    assert "Full: callers are refused now" in text


def test_writing_is_shown_without_a_slot(browser: Client, start: Start) -> None:
    start(Channel.CHAT)

    text = words(html_of(browser, "/live/part"))

    assert "needs none" in text
    assert "0 of 15 slots in use" in text


def test_an_admin_hangs_up_by_the_one_function_that_ends_calls(
    browser: Client, bot: BotDouble, start: Start
) -> None:
    call = start()

    response = browser.post(f"/live/{call.pk}/end", follow=True)

    assert "The call of Receptionist was ended." in response.content.decode()
    call.refresh_from_db()
    assert (call.status, call.end_reason) == ("completed", "operator_hangup")
    assert gate.slots.counts() == {}
    again = browser.post(f"/live/{call.pk}/end", follow=True)
    assert "had ended already" in again.content.decode()


def test_a_member_looks_only(member: User, start: Start) -> None:
    call = start()
    looking = at_browser(member)

    assert "hang-up" not in html_of(looking, "/live")
    assert looking.post(f"/live/{call.pk}/end").status_code == 403

    call.refresh_from_db()
    assert call.status == "active"


def test_other_organizations_see_nothing_of_it(stranger: User, start: Start) -> None:
    call = start()
    elsewhere = at_browser(stranger)

    assert str(call.pk) not in html_of(elsewhere, "/live")
    assert elsewhere.post(f"/live/{call.pk}/end").status_code == 404
    assert elsewhere.get(f"/live/{call.pk}/end").status_code == 405


@pytest.mark.parametrize("url", ["/live", "/live/part"])
def test_nobody_is_sent_to_log_in(db: None, url: str) -> None:
    assert Client().get(url).status_code == 302
    assert Client().post(url).status_code == 302


def test_a_part_is_never_kept(browser: Client) -> None:
    assert browser.get("/live/part")["Cache-Control"] == "no-store"


def test_very_many_are_cut_off_and_counted(browser: Client, start: Start) -> None:
    call = start()
    columns = {
        name: getattr(call, name) for name in ("organization", "agent", "agent_config")
    }
    Call.objects.bulk_create(
        Call(channel=Channel.CHAT, started_at=timezone.now(), **columns)
        for _ in range(MOST_CALLS + 4)
    )

    text = words(html_of(browser, "/live/part"))

    assert f"{MOST_CALLS + 5} active calls" in text
    assert f"The {MOST_CALLS} longest are shown." in text


def test_it_costs_as_many_queries_however_many_talk(
    browser: Client, start: Start
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/live/part")
        return len(captured)

    start()
    few = queries()
    for _ in range(8):
        start()

    assert queries() == few <= 6
