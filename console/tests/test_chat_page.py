"""A text conversation's page: what was written, when, and no player."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from agents.models import Agent
from calls import conversations
from calls.channels import Channel
from calls.lifecycle import CallRequest, start_call
from calls.models import Call
from console.tests.conftest import at_browser
from doubles.bot import BotDouble


@pytest.fixture
def chat(agent: Agent, bot: BotDouble, rates: object) -> Call:
    llm = {"provider": "openai", "model": "gpt-4.1-mini"}
    usage = {"llm": llm, "promptTokens": 100_000, "completionTokens": 10_000}
    bot.status, bot.answer = 200, {"reply": "From nine to six.", "usage": usage}
    call = start_call(CallRequest(agent, Channel.CHAT))
    conversations.reply(call, "When do you open?")
    return call


@pytest.mark.parametrize("tab", ["", "/metrics", "/events"])
def test_it_shows_what_was_written_and_offers_no_sound(
    browser: Client, chat: Call, tab: str
) -> None:
    html = browser.get(f"/calls/{chat.pk}{tab}").content.decode()

    assert "<call-player" not in html
    assert "End it" in html
    assert "Hang up" not in html
    if not tab:
        assert "When do you open?" in html
        assert "From nine to six." in html
        assert "Play from here" not in html
        assert f"{chat.started_at:%Y-%m-%d %H:%M}" in html


def test_ending_it_there_charges_it(browser: Client, chat: Call) -> None:
    browser.post(f"/calls/{chat.pk}/end")

    chat.refresh_from_db()
    assert (chat.end_reason, chat.billing_status) == ("operator_hangup", "charged")
    assert "₹5.60" in browser.get(f"/calls/{chat.pk}").content.decode()


def test_a_member_may_not_end_it(member: User, chat: Call) -> None:
    assert at_browser(member).post(f"/calls/{chat.pk}/end").status_code == 403
