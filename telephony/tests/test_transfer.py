"""A phone call is handed to a person; or it is not, and goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from calls.channels import Channel
from calls.models import Call
from calls.slots import gate
from doubles.bot import BotDouble
from doubles.plivo import Plivo
from telephony.tests.conftest import post

Dial = Callable[[], Call]
TO = {"destination": "+919800000001", "summary": "Asha wants a refund."}


@pytest.fixture
def answered(dial: Dial) -> Call:
    """A call that is talked on."""
    call = dial()
    post(f"calls/{call.pk}/answer")
    return call


def test_the_caller_goes_on_with_a_person_and_the_slot_is_free(
    answered: Call, api: APIClient, bot: BotDouble, plivo: Plivo
) -> None:
    response = api.post(f"/api/calls/{answered.pk}/transfer", TO)

    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["status"], body["endReason"]) == ("completed", "transferred")
    assert body["transferredTo"] == TO["destination"]
    _, path, asked = plivo.requests[-1]
    assert path.endswith(f"/Call/{next(iter(plivo.lines))}/")
    assert asked["aleg_url"].endswith(f"/api/plivo/calls/{answered.pk}/transfer")
    assert bot.requests[-1].body == {"reason": "transferred"}
    assert gate.slots.counts() == {}


def test_the_person_hears_the_summary_and_the_caller_is_told_to_hold(
    answered: Call, api: APIClient
) -> None:
    api.post(f"/api/calls/{answered.pk}/transfer", TO)

    xml = post(f"calls/{answered.pk}/transfer").content.decode()
    summary = post(f"calls/{answered.pk}/summary").content.decode()

    assert xml.startswith("<Response><Speak>Please hold the line")
    assert "<Number>919800000001</Number>" in xml
    assert 'callerId="912071177000"' in xml
    assert f"/api/plivo/calls/{answered.pk}/summary" in xml
    assert summary == "<Response><Speak>Asha wants a refund.</Speak></Response>"


@pytest.mark.parametrize(
    ("status", "answer", "kept"),
    [("no-answer", "Nobody could take the call", False), ("completed", "Hangup", True)],
)
def test_the_caller_is_told_when_nobody_answers(
    answered: Call, api: APIClient, status: str, answer: str, kept: bool
) -> None:
    api.post(f"/api/calls/{answered.pk}/transfer", TO)

    xml = post(f"calls/{answered.pk}/transferred", DialStatus=status).content.decode()

    assert answer in xml
    answered.leg.refresh_from_db()
    assert answered.leg.transfer_answered is kept


def test_a_carrier_that_refuses_leaves_the_call_as_it_was(
    answered: Call, api: APIClient, plivo: Plivo
) -> None:
    plivo.status = 500

    response = api.post(f"/api/calls/{answered.pk}/transfer", TO)

    assert response.status_code == 503
    answered.refresh_from_db()
    answered.leg.refresh_from_db()
    assert answered.status == "active"
    assert answered.leg.transferred_to == ""
    plivo.status = 0
    assert api.post(f"/api/calls/{answered.pk}/transfer", TO).status_code == 200


def test_a_report_that_sees_the_line_go_does_not_take_the_transfer_away(
    answered: Call, api: APIClient, internal: APIClient, report: Callable[..., Any]
) -> None:
    api.post(f"/api/calls/{answered.pk}/transfer", TO)

    internal.post(f"/api/calls/{answered.pk}/complete", report())

    answered.refresh_from_db()
    assert answered.end_reason == "transferred"
    assert answered.turns == 8


def test_the_line_is_left_alone_once_it_is_with_a_person(
    answered: Call,
    api: APIClient,
    internal: APIClient,
    plivo: Plivo,
    report: Callable[..., Any],
) -> None:
    api.post(f"/api/calls/{answered.pk}/transfer", TO)
    internal.post(f"/api/calls/{answered.pk}/complete", report())

    assert [method for method, _, _ in plivo.requests] == ["POST", "POST"]


def test_a_call_is_handed_over_once(answered: Call, api: APIClient) -> None:
    api.post(f"/api/calls/{answered.pk}/transfer", TO)

    assert api.post(f"/api/calls/{answered.pk}/transfer", TO).status_code == 409


def test_a_call_that_rings_or_has_ended_cannot_be_handed_over(
    dial: Dial, api: APIClient
) -> None:
    call = dial()
    assert api.post(f"/api/calls/{call.pk}/transfer", TO).status_code == 409

    post(f"calls/{call.pk}/hangup", HangupCause="Busy Line")
    assert api.post(f"/api/calls/{call.pk}/transfer", TO).status_code == 409


def test_only_phone_calls_can_be_handed_over(
    start: Callable[..., Call], api: APIClient
) -> None:
    call = start(Channel.WEB)

    response = api.post(f"/api/calls/{call.pk}/transfer", TO)

    assert response.status_code == 409
    assert response.json()["code"] == "conflict"


def test_a_destination_that_is_no_number_is_refused(
    answered: Call, api: APIClient
) -> None:
    response = api.post(f"/api/calls/{answered.pk}/transfer", {"destination": "100"})

    assert response.status_code == 400
    assert "destination" in response.json()["fields"]


def test_others_can_hand_over_nothing(
    answered: Call, strange_api: APIClient, plivo: Plivo
) -> None:
    response = strange_api.post(f"/api/calls/{answered.pk}/transfer", TO)

    assert response.status_code == 404
    assert len(plivo.requests) == 1
