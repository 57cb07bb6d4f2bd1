"""Calls and messages on WhatsApp, by Meta's webhooks."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from agents.models import Agent, PhoneNumber
from billing.models import Rate
from calls.models import Call
from calls.slots import gate
from calls.tests.conftest import says
from doubles import meta as double
from doubles.bot import BotDouble
from doubles.meta import Meta
from orgs.models import Organization

NUMBER_ID, FROM, CALL = "10987654321", "919812345678", "wacid.one"
WEBHOOK = "/api/whatsapp/webhook"
SDP = "v=0\r\na=fingerprint:sha-256 AA\r\na=fingerprint:sha-512 BB\r\n"


@pytest.fixture(autouse=True)
def whatsapp_number(
    organization: Organization, agent: Agent, meta: Meta, bot: BotDouble
) -> PhoneNumber:
    bot.answer = {"sdp": SDP, "type": "answer", "pcId": "pc"}
    return PhoneNumber.objects.create(
        organization=organization,
        number="+912071177009",
        agent=agent,
        provider="whatsapp",
        carrier_id=NUMBER_ID,
    )


def tell(secret: str = double.APP_SECRET, **what: Any) -> HttpResponse:
    body = json.dumps(double.event(NUMBER_ID, **what)).encode()
    return Client().post(  # type: ignore[return-value]
        WEBHOOK,
        body,
        content_type="application/json",
        headers=double.signed(body, secret),
    )


def connect(call_id: str = CALL) -> HttpResponse:
    session = {"sdp": "the person's offer", "sdp_type": "offer"}
    call = {"id": call_id, "from": FROM, "event": "connect", "session": session}
    return tell(calls=[call])


def terminate(status: str = "COMPLETED") -> HttpResponse:
    return tell(calls=[{"id": CALL, "event": "terminate", "status": status}])


def write(text: str, message_id: str = "wamid.one") -> HttpResponse:
    message = {"id": message_id, "from": FROM, "type": "text", "text": {"body": text}}
    return tell(messages=[message])


def test_the_webhook_is_proved_by_the_word_that_was_chosen() -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "4711"}

    right = Client().get(WEBHOOK, query | {"hub.verify_token": double.VERIFY_TOKEN})
    wrong = Client().get(WEBHOOK, query | {"hub.verify_token": "guessed"})

    assert (right.status_code, right.content) == (200, b"4711")
    assert wrong.status_code == 401


def test_a_call_is_answered_by_the_bot_and_accepted(
    meta: Meta, bot: BotDouble, agent: Agent
) -> None:
    assert connect().status_code == 200

    call = Call.objects.get()
    assert (call.channel, call.agent) == ("whatsapp_call", agent)
    assert (call.from_number, call.to_number) == (f"+{FROM}", "+912071177009")
    assert bot.requests[1].path == f"/calls/{call.pk}/offer"
    assert bot.requests[1].body == {"sdp": "the person's offer", "type": "offer"}
    assert meta.actions == [("pre_accept", CALL), ("accept", CALL)]
    assert call.leg.answered_at


def test_told_twice_it_is_one_call(meta: Meta) -> None:
    connect()
    connect()

    assert Call.objects.count() == 1
    assert len(meta.actions) == 2


def test_at_capacity_the_call_is_rejected_and_the_person_is_told_why(
    meta: Meta, settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS_PER_ORG = 1
    connect()
    meta.actions.clear()

    connect("wacid.two")

    assert meta.actions == [("reject", "wacid.two")]
    ((to, said),) = meta.messages
    assert to == FROM
    assert said.startswith("All voice agents are currently busy.")
    assert Call.objects.count() == 1


def test_a_number_that_is_not_ours_is_rejected_without_a_word(meta: Meta) -> None:
    PhoneNumber.objects.all().delete()

    connect()

    assert (meta.actions, meta.messages) == ([("reject", CALL)], [])
    assert not Call.objects.exists()


def test_a_call_that_meta_does_not_let_us_accept_has_failed(
    meta: Meta, bot: BotDouble
) -> None:
    meta.status = 500

    connect()

    call = Call.objects.get()
    assert (call.status, call.failure_reason) == ("failed", "carrier_error")
    assert gate.slots.counts() == {}
    assert bot.requests[-1].body == {"reason": "never_connected"}


def test_a_person_who_hangs_up_is_told_to_the_bot(bot: BotDouble) -> None:
    connect()
    bot.status = 202

    terminate()

    assert bot.requests[-1].body == {"reason": "caller_hangup"}


def test_a_person_who_hangs_up_when_the_bot_is_gone_ends_the_call(
    bot: BotDouble,
) -> None:
    connect()
    bot.status = 404

    terminate()
    terminate()

    call = Call.objects.get()
    assert (call.status, call.end_reason) == ("completed", "caller_hangup")
    assert gate.slots.counts() == {}


def test_our_end_is_told_to_meta(meta: Meta, bot: BotDouble, internal: Any) -> None:
    connect()
    call = Call.objects.get()

    internal.post(
        f"/api/calls/{call.pk}/complete",
        {
            "status": "completed",
            "endedAt": call.started_at.isoformat(),
            "durationSecs": 5,
            "endReason": "agent_hangup",
            "usage": {"sttSeconds": 5},
        },
    )

    assert meta.actions[-1] == ("terminate", CALL)
    call.refresh_from_db()
    assert call.end_reason == "agent_hangup"
    assert call.cost_sip == 0


@pytest.mark.parametrize("secret", ["another", ""])
def test_a_forged_webhook_is_refused(secret: str) -> None:
    call = {"id": CALL, "event": "connect", "from": FROM, "session": {"sdp": "x"}}

    response = tell(secret, calls=[call])

    assert response.status_code == 401
    assert not Call.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b'{"entry": 5}', b"\xff", b'{"entry": [1]}'])
def test_what_is_no_event_is_refused_even_if_it_is_signed(body: bytes) -> None:
    response = Client().post(
        WEBHOOK, body, content_type="application/json", headers=double.signed(body)
    )

    assert response.status_code == 400
    assert response.json()["code"] == "invalid"


def test_events_that_are_not_known_are_left_alone() -> None:
    assert tell(statuses=[{"id": "wamid.x", "status": "read"}]).status_code == 200
    assert tell(messages=[{"id": "m", "type": "image"}]).status_code == 200
    assert tell(calls=["x", {"event": "connect", "id": ""}]).status_code == 200
    assert not Call.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_message_is_answered_in_a_conversation_that_goes_on(
    meta: Meta, bot: BotDouble, rates: list[Rate]
) -> None:
    bot.status, bot.answer = 200, says("Hello! How can I help?")

    write("Hi there")
    bot.answer = says("We open at nine.")
    write("When do you open?", "wamid.two")

    call = Call.objects.get()
    assert (call.channel, call.status) == ("whatsapp_message", "active")
    assert [line["text"] for line in call.transcript or []] == [
        "Hi there",
        "Hello! How can I help?",
        "When do you open?",
        "We open at nine.",
    ]
    assert meta.messages == [
        (FROM, "Hello! How can I help?"),
        (FROM, "We open at nine."),
    ]
    assert gate.slots.counts() == {}


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_twice_is_answered_once(
    meta: Meta, bot: BotDouble, rates: list[Rate]
) -> None:
    bot.status, bot.answer = 200, says("Hello!")

    for _ in range(2):
        assert write("Hi there").status_code == 200

    assert len(meta.messages) == 1


@pytest.mark.django_db(transaction=True)
def test_a_message_that_could_not_be_answered_is_answered_when_it_comes_again(
    meta: Meta, bot: BotDouble, rates: list[Rate]
) -> None:
    bot.status = 503
    first = write("Hi there")
    bot.status, bot.answer = 200, says("Hello!")

    second = write("Hi there")

    assert (first.status_code, second.status_code) == (503, 200)
    assert meta.messages == [(FROM, "Hello!")]
