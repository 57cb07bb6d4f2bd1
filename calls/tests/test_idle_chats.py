"""A conversation in which nobody writes any more is ended, and charged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from pytest_django import Settings

from calls.conversations import end_idle
from calls.models import Call

Write = Callable[..., Any]


def test_nobody_wrote_for_a_day_and_it_is_ended_and_charged(
    write: Write, settings: Settings
) -> None:
    idle, fresh = (write(message="Hello").json()["callId"] for _ in range(2))
    day = timedelta(hours=settings.CHAT_IDLE_HOURS, seconds=1)
    long_ago = timezone.now() - day
    Call.objects.update(started_at=long_ago)
    Call.objects.filter(pk=idle).update(heartbeat_at=long_ago)

    assert end_idle() == 1

    call = Call.objects.get(pk=idle)
    assert (call.end_reason, call.billing_status) == ("idle_timeout", "charged")
    assert Call.objects.get(pk=fresh).status == "active"


def test_with_zero_hours_it_stays_active_for_ever(
    write: Write, settings: Settings
) -> None:
    settings.CHAT_IDLE_HOURS = 0
    write(message="Hello")
    long_ago = timezone.now() - timedelta(days=900)
    Call.objects.update(started_at=long_ago, heartbeat_at=long_ago)

    assert end_idle() == 0
