"""A machine answers: the agent's message is left, or nothing is."""

from collections.abc import Callable

import pytest

from agents.models import Agent, VoicemailAction
from calls.models import Call
from doubles.bot import BotDouble
from doubles.plivo import Plivo
from telephony.tests.conftest import post

Dial = Callable[[], Call]


@pytest.fixture
def with_message(agent: Agent) -> None:
    agent.voicemail_action = VoicemailAction.LEAVE_MESSAGE
    agent.voicemail_message = "Please call the clinic back."
    agent.save()


@pytest.fixture
def hanging_up(agent: Agent) -> None:
    agent.voicemail_action = VoicemailAction.HANG_UP
    agent.save()


@pytest.mark.usefixtures("with_message")
def test_the_carrier_listens_for_a_machine_only_where_the_agent_wants_it(
    dial: Dial, plivo: Plivo, agent: Agent
) -> None:
    call = dial()
    agent.voicemail_action = VoicemailAction.NONE
    agent.save()
    dial()

    first, second = (body for _, _, body in plivo.requests)
    assert first["machine_detection"] == "true"
    assert first["machine_detection_url"].endswith(f"calls/{call.pk}/machine")
    assert "machine_detection" not in second


@pytest.mark.usefixtures("with_message")
def test_the_bot_leaves_the_message_once(dial: Dial, bot: BotDouble) -> None:
    call = dial()
    post(f"calls/{call.pk}/answer")

    for _ in range(2):
        post(f"calls/{call.pk}/machine", Machine="true")

    told = [r.body for r in bot.requests if r.method == "DELETE"]
    assert told == [{"reason": "voicemail", "say": "Please call the clinic back."}]
    call.leg.refresh_from_db()
    assert call.leg.answered_by == "machine"


@pytest.mark.usefixtures("hanging_up")
def test_the_bot_hangs_up_without_a_word(dial: Dial, bot: BotDouble) -> None:
    call = dial()
    post(f"calls/{call.pk}/answer")

    post(f"calls/{call.pk}/machine", Machine="true")

    assert bot.requests[-1].body == {"reason": "voicemail"}


@pytest.mark.usefixtures("with_message")
def test_a_person_is_talked_to(dial: Dial, bot: BotDouble) -> None:
    call = dial()
    post(f"calls/{call.pk}/answer")

    post(f"calls/{call.pk}/machine", Machine="false")

    assert [r.method for r in bot.requests] == ["POST"]
    call.leg.refresh_from_db()
    assert call.leg.answered_by == "human"


@pytest.mark.usefixtures("hanging_up")
def test_without_its_bot_the_call_is_hung_up(
    dial: Dial, bot: BotDouble, plivo: Plivo
) -> None:
    call = dial()
    post(f"calls/{call.pk}/answer")
    bot.status = 404

    post(f"calls/{call.pk}/machine", Machine="true")

    call.refresh_from_db()
    assert (call.status, call.end_reason) == ("completed", "voicemail")
    assert plivo.requests[-1][0] == "DELETE"
