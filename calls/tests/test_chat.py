"""A text conversation: resumed by its id, counted as it goes, charged when it ends."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from agents.models import Agent
from billing import credits
from billing.models import LedgerEntry, Rate
from calls import conversations
from calls.channels import Channel
from calls.lifecycle import CallRequest, start_call
from calls.models import Call
from calls.slots import gate
from calls.tests.conftest import says
from conftest import key_client, top_up
from doubles.bot import BotDouble
from orgs.models import Organization

Write = Callable[..., Any]


def test_a_message_begins_a_conversation_that_holds_no_slot(
    write: Write, agent: Agent, bot: BotDouble
) -> None:
    response = write(message="Hello", dynamicVariables={"name": "Asha"})

    assert response.status_code == 201
    call = Call.objects.get()
    assert response.json() == {
        "callId": str(call.pk),
        "reply": "Hello! How can I help?",
        "status": "active",
        "turns": 1,
        "totalTokens": 110_000,
    }
    assert (call.channel, call.holds_slot, gate.slots.counts()) == ("chat", False, {})
    (asked,) = bot.requests
    assert (asked.method, asked.path) == ("POST", "/chat")
    assert asked.body["agent"]["prompt"] == agent.prompt
    assert asked.body["dynamicVariables"] == {"name": "Asha"}
    assert asked.body["messages"] == [{"role": "user", "text": "Hello"}]


def test_it_goes_on_with_what_was_said(write: Write, bot: BotDouble) -> None:
    first = write(message="Hello").json()
    bot.answer = says("From nine to six.")

    again = write(message="When do you open?", callId=first["callId"])

    assert again.status_code == 200
    assert (again.json()["callId"], again.json()["turns"]) == (first["callId"], 2)
    assert [message["text"] for message in bot.requests[-1].body["messages"]] == [
        "Hello",
        "Hello! How can I help?",
        "When do you open?",
    ]
    call = Call.objects.get()
    assert [(line["role"], line["text"]) for line in call.transcript or []] == [
        ("user", "Hello"),
        ("assistant", "Hello! How can I help?"),
        ("user", "When do you open?"),
        ("assistant", "From nine to six."),
    ]
    assert (call.metrics or {})["totalPromptTokens"] == call.prompt_tokens == 200_000
    assert (call.completion_tokens, call.avg_llm_ttfb) == (20_000, 0.5)


def test_it_shows_what_it_has_cost_and_is_charged_once_at_its_end(
    write: Write, api: APIClient, organization: Organization
) -> None:
    call_id = write(message="Hello").json()["callId"]

    open_call = api.get(f"/api/calls/{call_id}").json()
    assert (open_call["costTotal"], open_call["billingStatus"]) == ("5.60", "pending")
    assert not LedgerEntry.objects.filter(kind="charge").exists()

    for _ in range(2):
        body = api.post(f"/api/calls/{call_id}/end").json()

    assert (body["status"], body["billingStatus"]) == ("completed", "charged")
    assert [
        (line["component"], line["unit"], line["quantity"])
        for line in body["costLines"]
    ] == [("llm", "input_token", "100000"), ("llm", "output_token", "10000")]
    assert LedgerEntry.objects.get(kind="charge").amount == Decimal("-5.60")
    assert credits.balance(organization.pk) == Decimal("994.40")


def test_the_last_message_may_end_it(write: Write) -> None:
    call_id = write(message="Hello").json()["callId"]

    body = write(message="Thanks, bye", callId=call_id, end=True).json()

    assert (body["reply"], body["status"]) == ("Hello! How can I help?", "completed")
    call = Call.objects.get()
    assert (call.end_reason, call.billing_status) == ("caller_hangup", "charged")
    assert call.cost_total == Decimal("11.20")


def test_it_may_be_ended_without_a_word(write: Write, bot: BotDouble) -> None:
    call_id = write(message="Hello").json()["callId"]

    body = write(callId=call_id, end=True).json()

    assert (body["reply"], body["status"]) == (None, "completed")
    assert len(bot.requests) == 1


def test_what_has_ended_is_not_gone_on_with(write: Write, bot: BotDouble) -> None:
    call_id = write(message="Hello", end=True).json()["callId"]

    response = write(message="One more thing", callId=call_id)

    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert len(bot.requests) == 1


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (502, {"code": "llm_error"}, (502, "llm_error")),
        (503, {"code": "draining"}, (503, "bot_unavailable")),
        (500, {}, (503, "bot_unavailable")),
        (200, {"reply": "Hello"}, (503, "bot_unavailable")),
        (200, {"reply": 7, "usage": None}, (503, "bot_unavailable")),
    ],
)
def test_a_turn_that_fails_leaves_nothing_of_itself(
    write: Write,
    bot: BotDouble,
    status: int,
    answer: dict[str, Any],
    expected: tuple[int, str],
) -> None:
    call_id = write(message="Hello").json()["callId"]
    before = Call.objects.values().get()
    bot.status, bot.answer = status, answer

    for body in ({"callId": call_id}, {}):
        response = write(message="And now?", **body)

        assert (response.status_code, response.json()["code"]) == expected
    assert Call.objects.values().get() == before


def test_without_a_bot_nothing_begins(
    api: APIClient, agent: Agent, no_bot: None
) -> None:
    response = api.post(f"/api/agents/{agent.pk}/chat", {"message": "Hello"})

    assert (response.status_code, response.json()["code"]) == (503, "bot_unavailable")
    assert not Call.objects.exists()


def test_another_bot_is_asked_where_one_is_away(
    write: Write, bot: BotDouble, settings: Settings
) -> None:
    gone = BotDouble()
    gone.close()
    settings.BOT_URL = f"{gone.url},{bot.url}"

    assert write(message="Hello").status_code == 201


def test_what_is_used_and_not_yet_charged_counts_against_the_balance(
    write: Write, organization: Organization, bot: BotDouble
) -> None:
    top_up(organization, "-990.00")
    first = write(message="Hello").json()["callId"]
    assert write(message="Hello").status_code == 201

    # ₹10.00 of credits, ₹11.20 of use.
    response = write(message="And?", callId=first)

    assert response.status_code == 402
    assert response.json()["code"] == "insufficient_credits"
    assert len(bot.requests) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": ""},
        {"message": "   "},
        {"message": 5000 * "x"},
        {"message": ["Hello"]},
        {"message": "Hello", "callId": "7"},
        {"message": "Hello\0"},
        {"end": True},
        {"message": "Hello", "end": "soon"},
    ],
)
def test_bad_input_asks_no_model(
    write: Write, bot: BotDouble, body: dict[str, Any]
) -> None:
    response = write(**body)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert (bot.requests, Call.objects.count()) == ([], 0)


def test_a_key_needs_the_scope(organization: Organization, agent: Agent) -> None:
    voice = key_client(organization, ["voice", "read"])

    response = voice.post(f"/api/widget/agents/{agent.pk}/chat", {"message": "Hello"})

    assert response.status_code == 403


def test_anothers_agent_and_conversation_do_not_exist(
    write: Write, agent: Agent, strange_api: APIClient, start: Callable[..., Call]
) -> None:
    call_id = write(message="Hello").json()["callId"]
    url = f"/api/widget/agents/{agent.pk}/chat"

    assert strange_api.post(url, {"message": "Hello"}).status_code == 404
    other = Agent.objects.create(organization=agent.organization, name="Other")
    for theirs, whose in ((call_id, other), (start("web").pk, agent)):
        response = (
            write(message="Hello", callId=str(theirs))
            if whose == agent
            else (
                key_client(agent.organization, ["chat"]).post(
                    f"/api/agents/{whose.pk}/chat", {"message": "Hi", "callId": theirs}
                )
            )
        )
        assert response.status_code == 404


def test_an_agent_that_keeps_no_transcripts_forgets_it_at_the_end(
    write: Write, agent: Agent
) -> None:
    Agent.objects.update(save_transcripts=False)
    call_id = write(message="Hello").json()["callId"]
    assert len(Call.objects.get().transcript or []) == 2

    write(callId=call_id, end=True)

    call = Call.objects.get()
    assert (call.transcript, call.turns, call.billing_status) == (None, 1, "charged")


def test_a_whatsapp_conversation_is_replied_to_by_the_same_function(
    agent: Agent, writer: BotDouble, rates: list[Rate]
) -> None:
    request = CallRequest(agent, Channel.WHATSAPP_MESSAGE, from_number="+919812345678")
    call = start_call(request)

    assert conversations.reply(call, "Hello") == "Hello! How can I help?"

    assert writer.requests[-1].body["channel"] == "whatsapp_message"
    assert (call.turns, call.cost_total) == (1, Decimal("5.60"))


def test_a_model_may_write_what_no_database_holds(write: Write, bot: BotDouble) -> None:
    bot.answer = says("Nine\0 to \ud83d six")

    assert write(message="When?").json()["reply"] == "Nine to ? six"
