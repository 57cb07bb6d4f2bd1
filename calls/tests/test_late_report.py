"""Ends and reports in every order: one release, one bill."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from billing.models import LedgerEntry
from calls.channels import Status
from calls.lifecycle import Ending, end_call
from calls.lost import end_lost_calls, sweep_stale_calls
from calls.models import Call
from calls.slots import gate
from doubles.bot import BotDouble


def age(call: Call, **by: float) -> None:
    started = timezone.now() - timedelta(**by)
    Call.objects.filter(pk=call.pk).update(started_at=started)


def charges() -> int:
    return LedgerEntry.objects.filter(kind="charge").count()


def test_a_report_after_a_sweep_completes_and_bills_the_call(
    internal: APIClient,
    start: Callable[..., Call],
    report: Callable[..., Any],
    rates: Any,
) -> None:
    call = start()
    age(call, hours=3)
    assert sweep_stale_calls().count == 1
    call.refresh_from_db()
    assert (call.status, call.failure_reason) == ("failed", "stale_call")
    assert call.billing_status == "free"

    body = internal.post(f"/api/calls/{call.pk}/complete", report()).json()

    assert (body["status"], body["failureReason"]) == ("completed", None)
    assert body["billingStatus"] == "charged"
    assert charges() == 1


def test_a_report_after_a_sweep_releases_no_second_slot(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    swept = start()
    age(swept, hours=3)
    sweep_stale_calls()
    other = start()

    internal.post(f"/api/calls/{swept.pk}/complete", report())

    assert gate.slots.counts() == {str(other.organization_id): 1}


def test_a_report_after_a_call_that_never_began_keeps_the_failure(
    internal: APIClient, start: Callable[..., Call], report: Callable[..., Any]
) -> None:
    call = start()
    end_call(call, Ending(Status.FAILED, "error", "bot_unavailable"))

    body = internal.post(f"/api/calls/{call.pk}/complete", report()).json()

    assert (body["status"], body["failureReason"]) == ("failed", "bot_unavailable")
    assert body["turns"] == 8


def test_a_lost_call_is_ended_once_its_bot_does_not_know_it(
    start: Callable[..., Call], bot: BotDouble
) -> None:
    known, lost = start(), start()
    age(known, seconds=50)
    age(lost, seconds=50)
    bot.live = [str(known.pk)]

    assert end_lost_calls() == 1

    lost.refresh_from_db()
    known.refresh_from_db()
    assert (lost.status, lost.failure_reason) == ("failed", "bot_lost")
    assert (known.status, known.holds_slot) == ("active", True)


@pytest.mark.parametrize(("silent_for", "ended"), [(50, 0), (61, 1)])
def test_a_bot_out_of_reach_loses_its_calls_after_a_minute(
    start: Callable[..., Call], bot: BotDouble, silent_for: int, ended: int
) -> None:
    age(start(), seconds=silent_for)
    bot.close()

    assert end_lost_calls() == ended


def test_a_long_call_that_its_bot_confirms_is_not_swept(
    start: Callable[..., Call], bot: BotDouble
) -> None:
    call = start()
    age(call, hours=9)
    bot.live = [str(call.pk)]

    assert sweep_stale_calls().count == 0

    call.refresh_from_db()
    assert call.status == "active"


def test_a_long_call_with_a_fresh_heartbeat_is_not_swept(
    internal: APIClient, start: Callable[..., Call], bot: BotDouble
) -> None:
    call = start()
    age(call, hours=9)
    internal.post("/api/bot/heartbeat", {"calls": [str(call.pk)]})

    assert sweep_stale_calls().count == 0


def test_a_chat_may_stay_active_for_days(start: Callable[..., Call]) -> None:
    call = start("chat")
    age(call, days=30)

    assert sweep_stale_calls().count == 0
    call.refresh_from_db()
    assert call.status == "active"
