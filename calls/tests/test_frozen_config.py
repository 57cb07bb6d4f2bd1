"""What a call runs with is what its agent was when the call began."""

from collections.abc import Callable

from rest_framework.test import APIClient

from agents.models import Agent
from billing.models import Rate
from calls.models import Call
from doubles.bot import BotDouble


def test_a_later_edit_never_changes_a_call(
    api: APIClient,
    agent: Agent,
    start: Callable[..., Call],
    bot: BotDouble,
    rates: list[Rate],
) -> None:
    url = f"/api/calls/{start().pk}"
    before = api.get(url).json()["agentConfig"]

    changed = api.put(
        f"/api/agents/{agent.pk}",
        {"prompt": "You sell flowers.", "maxTokens": 5, "enableCallRecording": False},
    )

    assert changed.status_code == 200
    assert api.get(url).json()["agentConfig"] == before
    assert before["prompt"] == "You are the receptionist of a clinic."
    agent.refresh_from_db()
    newer = start()
    assert newer.agent_config["prompt"] == "You sell flowers."
    assert newer.agent_config["maxTokens"] == 5


def test_a_call_of_a_removed_agent_keeps_its_configuration(
    api: APIClient, agent: Agent, start: Callable[..., Call]
) -> None:
    call = start()

    assert api.delete(f"/api/agents/{agent.pk}").status_code == 204

    details = api.get(f"/api/calls/{call.pk}").json()
    assert details["agentConfig"] == agent.frozen_config()
