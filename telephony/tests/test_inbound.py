"""A call to one of our numbers: an agent, or a sentence that says why not."""

import re

import pytest
from pytest_django import Settings

from agents.models import Agent, PhoneNumber
from calls import phone
from calls.leg import Leg
from calls.models import Call
from calls.slots import gate
from doubles.bot import BotDouble
from doubles.plivo import Plivo
from telephony.tests.conftest import UUID, post

FROM, TO = "919812345678", "912071177000"

pytestmark = pytest.mark.usefixtures("plivo", "bot", "number")


def call_in(uuid: str = UUID, to: str = TO) -> str:
    """What the carrier is told to do with a call."""
    answer = post("answer", CallUUID=uuid, From=FROM, To=to, CallStatus="ringing")
    assert answer.status_code == 200
    return answer.content.decode()


def spoken(xml: str) -> str:
    found = re.fullmatch(r"<Response><Speak>(.*)</Speak><Hangup/></Response>", xml)
    assert found, xml
    return found[1]


def test_a_call_reaches_the_numbers_agent(agent: Agent) -> None:
    xml = call_in()

    call = Call.objects.get()
    assert (call.agent, call.channel, call.direction) == (agent, "phone", "inbound")
    assert (call.from_number, call.to_number) == ("+919812345678", "+912071177000")
    assert f"/calls/{call.pk}/stream?token=" in xml
    assert 'keepCallAlive="true"' in xml
    assert call.leg.answered_at


def test_told_twice_it_is_one_call() -> None:
    first, second = call_in(), call_in()

    assert Call.objects.count() == 1
    assert "<Stream" in first
    assert "<Stream" in second
    assert sum(gate.slots.counts().values()) in (1, 2)  # the platform and the tenant


def test_at_capacity_the_caller_hears_so_and_no_slot_is_taken(
    settings: Settings,
) -> None:
    settings.MAX_CONCURRENT_CALLS_PER_ORG = 1
    call_in()

    said = spoken(call_in("another-call"))

    assert said.startswith("All voice agents are currently busy.")
    assert Call.objects.count() == 1
    assert Leg.objects.count() == 1


def test_without_credits_the_caller_hears_a_sentence_and_not_about_money(
    settings: Settings,
) -> None:
    settings.MIN_BALANCE_INR = 10_000

    said = spoken(call_in())

    assert said == phone.NO_AGENT
    assert "credit" not in said
    assert not Call.objects.exists()


def test_without_a_bot_the_caller_hears_a_sentence(bot: BotDouble) -> None:
    bot.status = 503

    spoken(call_in())

    assert Call.objects.get().failure_reason == "bot_unavailable"
    assert gate.slots.counts() == {}


@pytest.mark.parametrize("change", ["unknown", "inactive", "no agent", "archived"])
def test_a_number_that_nobody_answers_is_not_in_service(
    number: PhoneNumber, agent: Agent, change: str
) -> None:
    if change == "inactive":
        PhoneNumber.objects.update(is_active=False)
    elif change == "no agent":
        PhoneNumber.objects.update(agent=None)
    elif change == "archived":
        Agent.objects.update(archived_at=agent.created_at)

    said = spoken(call_in(to="912000000000" if change == "unknown" else TO))

    assert said == phone.NOT_IN_SERVICE
    assert not Call.objects.exists()


def test_a_caller_who_hangs_up_is_told_to_the_bot(bot: BotDouble) -> None:
    call_in()
    bot.status = 202

    post("hangup", HangupCause="Normal Hangup", CallStatus="completed")

    assert bot.requests[-1].body == {"reason": "caller_hangup"}
    call = Call.objects.get()
    assert call.leg.hung_up_at


def test_a_caller_whose_bot_is_gone_ends_the_call(bot: BotDouble) -> None:
    call_in()
    bot.status = 404

    post("hangup", HangupCause="Normal Hangup", CallStatus="completed")

    call = Call.objects.get()
    assert (call.status, call.end_reason) == ("completed", "caller_hangup")
    assert gate.slots.counts() == {}


def test_a_hang_up_before_its_call_was_taken_changes_nothing() -> None:
    assert post("hangup", HangupCause="Normal Hangup").status_code == 200

    assert not Call.objects.exists()


def test_a_forged_call_starts_nothing(plivo: Plivo) -> None:
    answer = post("answer", token="not-the-account's", From=FROM, To=TO)

    assert answer.status_code == 401
    assert not Call.objects.exists()
