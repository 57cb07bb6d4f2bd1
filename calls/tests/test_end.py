"""An operator hangs up."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from rest_framework.test import APIClient

from calls.models import Call
from calls.slots import gate
from conftest import key_client
from doubles.bot import BotDouble
from orgs.models import Organization


def test_the_call_is_completed_its_slot_free_and_the_bot_told(
    api: APIClient, start: Callable[..., Call], bot: BotDouble
) -> None:
    call = start()

    body = api.post(f"/api/calls/{call.pk}/end").json()

    assert (body["status"], body["endReason"]) == ("completed", "operator_hangup")
    assert body["billingStatus"] == "pending"
    assert gate.slots.counts() == {}
    assert (bot.requests[-1].method, bot.requests[-1].path) == (
        "DELETE",
        f"/calls/{call.pk}",
    )


def test_ending_twice_is_as_ending_once(
    api: APIClient, start: Callable[..., Call], bot: BotDouble
) -> None:
    call = start()
    first = api.post(f"/api/calls/{call.pk}/end").json()
    told = len(bot.requests)

    again = api.post(f"/api/calls/{call.pk}/end")

    assert (again.status_code, again.json()) == (200, first)
    assert len(bot.requests) == told


def test_a_bot_that_cannot_be_told_does_not_keep_the_call(
    api: APIClient, start: Callable[..., Call], bot: BotDouble
) -> None:
    call = start()
    bot.close()

    assert api.post(f"/api/calls/{call.pk}/end").json()["status"] == "completed"


def test_the_bots_report_is_added_when_it_comes(
    api: APIClient,
    internal: APIClient,
    start: Callable[..., Call],
    report: Callable[..., Any],
    rates: Any,
) -> None:
    call = start()
    api.post(f"/api/calls/{call.pk}/end")

    body = internal.post(f"/api/calls/{call.pk}/complete", report()).json()

    assert (body["status"], body["endReason"]) == ("completed", "operator_hangup")
    assert (body["turns"], body["billingStatus"]) == (8, "charged")


def test_the_next_heartbeat_tells_a_bot_to_end_a_call_that_has_ended(
    api: APIClient, internal: APIClient, start: Callable[..., Call]
) -> None:
    live, ended = start(), start()
    api.post(f"/api/calls/{ended.pk}/end")

    body = {"calls": [str(live.pk), str(ended.pk)]}
    answer = internal.post("/api/bot/heartbeat", body).json()

    assert answer == {"end": [str(ended.pk)]}
    live.refresh_from_db()
    assert live.heartbeat_at is not None


def test_a_member_may_not_hang_up(member: User, start: Callable[..., Call]) -> None:
    call = start()
    browser = APIClient()
    browser.force_login(member)

    assert browser.post(f"/api/calls/{call.pk}/end").status_code == 403


def test_a_reading_key_may_not_hang_up(
    organization: Organization, start: Callable[..., Call]
) -> None:
    reader = key_client(organization, ["read"])

    assert reader.post(f"/api/calls/{start().pk}/end").status_code == 403
