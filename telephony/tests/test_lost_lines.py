"""A call whose bot is silent: the carrier is asked before it is ended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import Settings

from calls.lost import end_lost_calls, sweep_stale_calls
from calls.models import Call
from calls.slots import gate
from doubles.bot import BotDouble
from doubles.plivo import Plivo
from telephony.tests.conftest import post

Dial = Callable[[], Call]


@pytest.fixture
def silent(dial: Dial, bot: BotDouble, settings: Settings) -> Call:
    """A call of three hours ago, on the line, whose bot is not there any more."""
    call = dial()
    post(f"calls/{call.pk}/answer")
    Call.objects.update(started_at=F("started_at") - timedelta(hours=3))
    bot.close()
    return call


@pytest.mark.parametrize("job", [end_lost_calls, sweep_stale_calls])
def test_a_call_that_the_carrier_has_is_kept(
    silent: Call, job: Callable[[], object]
) -> None:
    job()

    silent.refresh_from_db()
    assert silent.status == "active"


@pytest.mark.parametrize(
    ("job", "reason"),
    [(end_lost_calls, "bot_lost"), (sweep_stale_calls, "stale_call")],
)
def test_a_call_that_the_carrier_does_not_know_is_ended(
    silent: Call, plivo: Plivo, job: Callable[[], object], reason: str
) -> None:
    plivo.lines.clear()

    job()

    silent.refresh_from_db()
    assert (silent.status, silent.failure_reason) == ("failed", reason)
    assert gate.slots.counts() == {}


def test_a_call_is_ended_whose_carrier_cannot_be_asked_either(
    silent: Call, plivo: Plivo
) -> None:
    plivo.status = 500

    assert end_lost_calls() == 1


def test_a_call_that_has_hung_up_there_needs_no_asking(
    silent: Call, plivo: Plivo
) -> None:
    post(f"calls/{silent.pk}/hangup", HangupCause="Normal Hangup", BillDuration="5")

    silent.refresh_from_db()
    assert (silent.status, silent.end_reason) == ("completed", "caller_hangup")
    assert len(plivo.requests) == 1
