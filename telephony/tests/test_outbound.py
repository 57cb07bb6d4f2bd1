"""A call that goes out, by the carrier's callbacks: in order, twice, late or never."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from agents.models import Agent, PhoneNumber
from calls.models import Call
from calls.slots import gate
from doubles import plivo as double
from doubles.bot import BotDouble
from doubles.plivo import Plivo
from telephony.tests.conftest import UUID, post

Dial = Callable[[], Call]


def leaves(bot: BotDouble) -> list[dict[str, Any]]:
    """How the bot was told to end calls."""
    return [r.body for r in bot.requests if r.method == "DELETE"]


def test_the_carrier_is_asked_once_the_bot_is_ready(
    dial: Dial, bot: BotDouble, plivo: Plivo
) -> None:
    call = dial()

    assert bot.requests[0].body["connectTimeoutSecs"] == 90
    ((_, _, body),) = plivo.requests
    assert (body["from"], body["to"]) == ("912071177000", "919812345678")
    assert call.leg.carrier_call_id == next(iter(plivo.lines))


def test_an_answered_call_is_connected_to_its_bot(dial: Dial, bot: BotDouble) -> None:
    call = dial()

    post(f"calls/{call.pk}/ring", CallStatus="ringing")
    answer = post(f"calls/{call.pk}/answer", CallStatus="in-progress")

    host = bot.url.removeprefix("http://")
    assert f"ws://{host}/calls/{call.pk}/stream?token=" in answer.content.decode()
    call.leg.refresh_from_db()
    assert None not in (call.leg.ringing_at, call.leg.answered_at)
    assert call.status == "active"


@pytest.mark.parametrize(
    ("told", "reason", "blame"),
    [
        (("Busy Line", "3010", "busy"), "busy", "caller"),
        (("Ring Timeout Reached", "6010", "timeout"), "no_answer", "caller"),
        (("Rejected", "3020", "busy"), "rejected", "caller"),
        (("Invalid Destination Address", "2000", ""), "invalid_number", "carrier"),
        (("Network Error", "5000", "failed"), "carrier_error", "carrier"),
        (("", "", "no-answer"), "no_answer", "caller"),
        (("Something new", "9999", "strange"), "carrier_error", "carrier"),
    ],
)
def test_a_call_that_nobody_answers_fails_for_the_carriers_reason(
    dial: Dial,
    api: APIClient,
    bot: BotDouble,
    told: tuple[str, str, str],
    reason: str,
    blame: str,
) -> None:
    call = dial()

    names = ("HangupCause", "HangupCauseCode", "CallStatus")
    fields = dict(zip(names, told, strict=True))
    post(f"calls/{call.pk}/hangup", BillDuration="0", **fields)

    details = api.get(f"/api/calls/{call.pk}").json()
    assert (details["status"], details["failureReason"]) == ("failed", reason)
    assert details["failure"]["blame"] == blame
    assert details["endReason"] == "never_connected"
    assert gate.slots.counts() == {}
    assert leaves(bot) == [{"reason": "never_connected"}]


def test_the_bots_report_of_an_unanswered_call_leaves_the_carriers_reason(
    dial: Dial, internal: APIClient, report: Callable[..., Any]
) -> None:
    call = dial()
    post(f"calls/{call.pk}/hangup", HangupCause="Busy Line", CallStatus="busy")

    internal.post(
        f"/api/calls/{call.pk}/complete",
        report(
            status="failed",
            endReason="never_connected",
            failureReason="never_connected",
            durationSecs=0,
            metrics={},
            usage={},
            transcript=[],
        ),
    )

    call.refresh_from_db()
    assert (call.status, call.failure_reason) == ("failed", "busy")
    assert (call.cost_total, call.billing_status) == (0, "free")


def test_without_a_word_from_the_carrier_the_bot_gives_up_and_nobody_answered(
    dial: Dial, internal: APIClient, plivo: Plivo, report: Callable[..., Any]
) -> None:
    call = dial()

    internal.post(
        f"/api/calls/{call.pk}/complete",
        report(
            status="failed",
            endReason="never_connected",
            failureReason="never_connected",
            durationSecs=0,
            metrics={},
            usage={},
        ),
    )

    call.refresh_from_db()
    assert (call.status, call.failure_reason) == ("failed", "no_answer")
    assert [method for method, _, _ in plivo.requests] == ["POST", "DELETE"]


def test_callbacks_that_come_twice_count_once(
    dial: Dial, bot: BotDouble, plivo: Plivo
) -> None:
    call = dial()
    post(f"calls/{call.pk}/answer")
    call.leg.refresh_from_db()
    answered_at = call.leg.answered_at

    post(f"calls/{call.pk}/answer")
    bot.status = 202
    for _ in range(2):
        post(f"calls/{call.pk}/hangup", HangupCause="Normal Hangup", BillDuration="9")

    call.leg.refresh_from_db()
    assert call.leg.answered_at == answered_at
    assert call.leg.hangup_cause == "Normal Hangup"
    call.refresh_from_db()
    assert call.status == "active"  # until its bot reports, which is alive
    assert {"reason": "caller_hangup"} in leaves(bot)


def test_an_answer_that_comes_after_the_end_is_hung_up(dial: Dial) -> None:
    call = dial()

    post(f"calls/{call.pk}/hangup", HangupCause="Busy Line", CallStatus="busy")
    answer = post(f"calls/{call.pk}/answer")
    post(f"calls/{call.pk}/ring")

    assert answer.content.decode() == "<Response><Hangup/></Response>"
    call.refresh_from_db()
    assert (call.status, call.failure_reason) == ("failed", "busy")
    assert call.leg.answered_at is None


def test_a_hang_up_whose_answer_was_never_told_is_a_call_that_was_answered(
    dial: Dial, bot: BotDouble
) -> None:
    call = dial()
    bot.status = 404

    post(f"calls/{call.pk}/hangup", HangupCause="Normal Hangup", BillDuration="30")

    call.refresh_from_db()
    assert (call.status, call.end_reason) == ("completed", "caller_hangup")


def test_the_bots_word_counts_where_the_carriers_was_quicker(
    dial: Dial, bot: BotDouble, internal: APIClient, report: Callable[..., Any]
) -> None:
    call = dial()
    post(f"calls/{call.pk}/answer")
    bot.status = 404
    post(f"calls/{call.pk}/hangup", HangupCause="Normal Hangup", BillDuration="30")

    internal.post(f"/api/calls/{call.pk}/complete", report(endReason="agent_hangup"))

    call.refresh_from_db()
    assert (call.status, call.end_reason) == ("completed", "agent_hangup")


def test_an_operator_who_hangs_up_stops_the_ringing(
    dial: Dial, api: APIClient, plivo: Plivo
) -> None:
    call = dial()

    api.post(f"/api/calls/{call.pk}/end")

    assert [method for method, _, _ in plivo.requests] == ["POST", "DELETE"]
    assert post(f"calls/{call.pk}/answer").content == (
        b"<Response><Hangup/></Response>"
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [(400, "invalid_number"), (401, "carrier_error"), (500, "carrier_error")],
)
def test_a_carrier_that_refuses_leaves_a_failed_call_and_no_slot(
    api: APIClient,
    agent: Agent,
    number: PhoneNumber,
    bot: BotDouble,
    plivo: Plivo,
    status: int,
    reason: str,
) -> None:
    plivo.status = status

    response = api.post(
        "/api/calls/outbound",
        {
            "agentId": str(agent.pk),
            "phoneNumberId": str(number.pk),
            "destination": "+919812345678",
        },
    )

    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    call = Call.objects.get()
    assert (call.status, call.failure_reason) == ("failed", reason)
    assert gate.slots.counts() == {}
    assert leaves(bot) == [{"reason": "never_connected"}]
    # Nothing is asked twice, whatever the answer: that could ring twice.
    assert len(plivo.requests) == 1


def test_without_a_carrier_nothing_is_started(
    api: APIClient, agent: Agent, number: PhoneNumber, bot: BotDouble
) -> None:
    response = api.post(
        "/api/calls/outbound",
        {
            "agentId": str(agent.pk),
            "phoneNumberId": str(number.pk),
            "destination": "+919812345678",
        },
    )

    assert response.status_code == 503
    assert not Call.objects.exists()
    assert bot.requests == []


@pytest.mark.parametrize("token", ["another-accounts-token", ""])
def test_a_forged_callback_is_refused(dial: Dial, token: str) -> None:
    call = dial()

    response = post(f"calls/{call.pk}/hangup", token=token, HangupCause="Busy Line")

    assert response.status_code == 401
    call.refresh_from_db()
    assert call.status == "active"


def test_a_signature_is_good_for_one_address_and_one_body_alone(dial: Dial) -> None:
    call = dial()
    url = f"http://localhost:8000/api/plivo/calls/{call.pk}/ring"
    headers = double.signed(url, {"CallUUID": UUID})
    path = f"/api/plivo/calls/{call.pk}"

    def send(path: str, body: dict[str, str], headers: dict[str, str]) -> int:
        return Client().post(path, body, headers=headers).status_code

    assert send(f"{path}/hangup", {"CallUUID": UUID}, headers) == 401
    assert send(f"{path}/ring", {"CallUUID": "another"}, headers) == 401
    assert send(f"{path}/ring", {"CallUUID": UUID}, {}) == 401
    assert send(f"{path}/ring", {"CallUUID": UUID}, headers) == 200


def test_a_callback_of_an_unknown_call_is_answered_so(db: None, plivo: Plivo) -> None:
    response = post("calls/00000000-0000-0000-0000-000000000000/ring")

    assert response.status_code == 404
