"""Starting a call: credits, gate, row, bot, in this order."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError
from rest_framework.test import APIClient

from agents.models import Agent, PhoneNumber
from billing import credits
from billing.models import EntryKind
from calls import tokens
from calls.channels import Channel
from calls.models import Call
from calls.slots import gate
from common.redis import client
from conftest import key_client
from doubles.bot import BotDouble
from doubles.plivo import Plivo
from orgs.models import Organization


def connect(api: APIClient, agent: Agent) -> Any:
    return api.post(f"/api/agents/{agent.pk}/connect")


def test_connect_answers_what_a_browser_needs(
    api: APIClient, agent: Agent, bot: BotDouble
) -> None:
    response = connect(api, agent)

    assert response.status_code == 201
    call = Call.objects.get()
    body = response.json()
    assert body["callId"] == str(call.pk)
    assert tokens.is_for(body["token"], call.pk)
    assert body["transport"] == {
        "type": "smallwebrtc",
        "offerUrl": f"http://localhost:8000/api/calls/{call.pk}/offer",
        "iceServers": [],
    }
    assert (call.channel, call.status, call.holds_slot) == ("web", "active", True)
    assert gate.slots.counts() == {str(agent.organization_id): 1}


def test_the_bot_gets_the_frozen_configuration_and_where_to_put_the_recording(
    api: APIClient, agent: Agent, bot: BotDouble
) -> None:
    connect(api, agent)

    call = Call.objects.get()
    (request,) = bot.requests
    assert (request.method, request.path) == ("POST", "/calls")
    assert request.body["callId"] == str(call.pk)
    assert request.body["agent"] == call.agent_config == agent.frozen_config()
    assert request.body["recording"]["key"].endswith(f"/{call.pk}/call.wav")
    assert request.body["recording"]["uploadUrl"].startswith("http://localhost:8000/")


def test_an_agent_that_does_not_record_gives_the_bot_no_upload_url(
    api: APIClient, agent: Agent, bot: BotDouble
) -> None:
    Agent.objects.update(enable_call_recording=False)

    connect(api, agent)

    assert bot.requests[0].body["recording"] is None


def test_without_a_bot_the_call_is_failed_and_its_slot_free(
    api: APIClient, agent: Agent, no_bot: None
) -> None:
    response = connect(api, agent)

    assert response.status_code == 503
    assert response.json()["code"] == "bot_unavailable"
    call = Call.objects.get()
    assert (call.status, call.failure_reason) == ("failed", "bot_unavailable")
    assert call.billing_status == "free"
    assert gate.slots.counts() == {}


def test_a_bot_that_refuses_is_as_one_that_is_not_there(
    api: APIClient, agent: Agent, bot: BotDouble
) -> None:
    bot.status, bot.answer = 503, {"error": "Draining.", "code": "draining"}

    assert connect(api, agent).status_code == 503
    assert Call.objects.get().failure_reason == "bot_unavailable"
    assert gate.slots.counts() == {}


@pytest.mark.parametrize(
    ("status", "answer"), [(404, {}), (400, {}), (500, {}), (200, []), (200, "hello")]
)
def test_whatever_else_listens_there_leaves_no_call_active(
    api: APIClient, agent: Agent, bot: BotDouble, status: int, answer: Any
) -> None:
    bot.status, bot.answer = status, answer

    response = connect(api, agent)

    assert (response.status_code, response.json()["code"]) == (503, "bot_unavailable")
    assert Call.objects.get().failure_reason == "bot_unavailable"
    assert gate.slots.counts() == {}


def test_too_little_credit_refuses_and_leaves_nothing(
    api: APIClient, agent: Agent, bot: BotDouble, organization: Organization
) -> None:
    credits.add_entry(
        organization.pk,
        kind=EntryKind.CORRECTION,
        amount=-credits.balance(organization.pk),
    )

    response = connect(api, agent)

    assert response.status_code == 402
    assert response.json() == {
        "error": "Insufficient credits",
        "code": "insufficient_credits",
        "balance": "0.00",
        "minimum": "1.00",
    }
    assert not Call.objects.exists()
    assert gate.slots.counts() == {}
    assert bot.requests == []


def test_a_row_that_cannot_be_saved_gives_its_slot_back(
    start: Callable[..., Call], agent: Agent
) -> None:
    with pytest.raises(DataError):
        start(from_number="\0")

    assert gate.slots.counts() == {}


def test_outbound_starts_a_phone_call_from_the_number(
    api: APIClient, agent: Agent, number: PhoneNumber, bot: BotDouble, plivo: Plivo
) -> None:
    response = api.post(
        "/api/calls/outbound",
        {
            "agentId": str(agent.pk),
            "phoneNumberId": str(number.pk),
            "destination": "+919812345678",
            "dynamicVariables": {"name": "Asha"},
        },
    )

    assert response.status_code == 201
    call = Call.objects.get()
    assert response.json() == {"callId": str(call.pk), "status": "active"}
    assert (call.channel, call.direction) == ("phone", "outbound")
    assert (call.from_number, call.to_number) == ("+912071177000", "+919812345678")
    assert bot.requests[0].body["dynamicVariables"] == {"name": "Asha"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"destination": "0171-555"}, 400),
        ({"destination": None}, 400),
        ({"agentId": "not an id"}, 400),
        ({"agentId": "00000000-0000-0000-0000-000000000000"}, 404),
        ({"phoneNumberId": "00000000-0000-0000-0000-000000000000"}, 404),
        ({"dynamicVariables": []}, 400),
    ],
)
def test_wrong_input_of_outbound_starts_nothing(
    api: APIClient,
    agent: Agent,
    number: PhoneNumber,
    bot: BotDouble,
    change: dict[str, object],
    status: int,
) -> None:
    body = {
        "agentId": str(agent.pk),
        "phoneNumberId": str(number.pk),
        "destination": "+919812345678",
    }

    response = api.post("/api/calls/outbound", body | change)

    assert response.status_code == status
    assert not Call.objects.exists()
    assert client().keys("{capacity}:org:*") == []


def test_a_key_without_the_voice_scope_is_forbidden(
    organization: Organization, agent: Agent, bot: BotDouble
) -> None:
    response = connect(key_client(organization, ["read"]), agent)

    assert response.status_code == 403
    assert not Call.objects.exists()


def test_text_channels_take_no_slot_and_no_bot(
    start: Callable[..., Call], bot: BotDouble
) -> None:
    for channel in (Channel.CHAT, Channel.WHATSAPP_MESSAGE):
        call = start(channel)
        call.refresh_from_db()
        assert not call.holds_slot

    assert gate.slots.counts() == {}
    assert bot.requests == []


def test_a_later_edit_of_the_agent_changes_no_call(
    start: Callable[..., Call], agent: Agent
) -> None:
    call = start()

    Agent.objects.update(prompt="Something else.")

    call.refresh_from_db()
    assert call.agent_config["prompt"] == "You are the receptionist of a clinic."
