"""Several bots behind one api: each call has one of them, and keeps it."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from agents.models import Agent
from calls import bot_client
from calls.models import Call
from doubles.bot import BotDouble

pytestmark = pytest.mark.django_db


@pytest.fixture
def bots(settings: Settings) -> Iterator[list[BotDouble]]:
    two = [BotDouble(), BotDouble()]
    settings.BOT_URL = ",".join(bot.url for bot in two)
    bot_client._resting.clear()
    yield two
    for bot in two:
        bot.close()


def connect(api: APIClient, agent: Agent) -> Call:
    answer = api.post(f"/api/agents/{agent.pk}/connect")
    assert answer.status_code == 201, answer.content
    return Call.objects.get(pk=answer.json()["callId"])


def asked(bot: BotDouble) -> list[str]:
    return [request.method for request in bot.requests]


def test_calls_go_to_the_bot_with_the_fewest(
    api: APIClient, agent: Agent, bots: list[BotDouble]
) -> None:
    calls = [connect(api, agent) for _ in range(4)]

    assert [call.bot_url for call in calls] == [bots[0].url, bots[1].url] * 2
    assert [asked(bot) for bot in bots] == [["POST"] * 2] * 2


def test_a_bot_that_refuses_is_asked_again_only_after_the_others(
    api: APIClient, agent: Agent, bots: list[BotDouble]
) -> None:
    bots[0].status = 503

    calls = [connect(api, agent) for _ in range(3)]

    assert {call.bot_url for call in calls} == {bots[1].url}
    assert asked(bots[0]) == ["POST"]


def test_a_bot_that_is_gone_costs_one_call_one_try(
    api: APIClient, agent: Agent, bots: list[BotDouble]
) -> None:
    bots[0].close()

    calls = [connect(api, agent) for _ in range(3)]

    assert {call.bot_url for call in calls} == {bots[1].url}
    assert bot_client.by_load() == [bots[1].url, bots[0].url]


def test_a_bot_that_is_back_is_taken_again(
    api: APIClient,
    agent: Agent,
    bots: list[BotDouble],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bot_client, "REST_SECS", 0.0)
    bots[0].status = 503
    connect(api, agent)
    bots[0].status = 201

    call = connect(api, agent)

    assert call.bot_url == bots[0].url


def test_signalling_and_the_hang_up_reach_the_calls_own_bot(
    api: APIClient, agent: Agent, bots: list[BotDouble]
) -> None:
    connect(api, agent)
    second = api.post(f"/api/agents/{agent.pk}/connect").json()
    bots[1].status, bots[1].answer = 200, {"sdp": "v=0", "type": "answer", "pcId": "1"}

    offered = APIClient().post(
        f"/api/calls/{second['callId']}/offer",
        {"sdp": "v=0", "type": "offer"},
        format="json",
        headers={"Authorization": f"Bearer {second['token']}"},
    )
    api.post(f"/api/calls/{second['callId']}/end")

    assert offered.status_code == 200
    assert asked(bots[0]) == ["POST"]
    paths = [request.path for request in bots[1].requests]
    own = f"/calls/{second['callId']}"
    assert paths == ["/calls", f"{own}/offer", own]


def test_a_bot_behind_a_balancer_is_found_again_by_its_own_address(
    api: APIClient, agent: Agent, bots: list[BotDouble], settings: Settings
) -> None:
    balancer, own = bots
    settings.BOT_URL = balancer.url
    balancer.answer = {"status": "ready", "botUrl": own.url}
    own.status, own.answer = 200, {"sdp": "v=0", "type": "answer", "pcId": "1"}

    connected = api.post(f"/api/agents/{agent.pk}/connect").json()
    offered = APIClient().post(
        f"/api/calls/{connected['callId']}/offer",
        {"sdp": "v=0", "type": "offer"},
        format="json",
        headers={"Authorization": f"Bearer {connected['token']}"},
    )
    api.post(f"/api/calls/{connected['callId']}/end")

    assert Call.objects.get(pk=connected["callId"]).bot_url == own.url
    assert offered.status_code == 200
    assert asked(balancer) == ["POST"]
    path = f"/calls/{connected['callId']}"
    assert [request.path for request in own.requests] == [f"{path}/offer", path]
    assert asked(own) == ["POST", "DELETE"]


def test_a_bot_without_an_address_of_its_own_is_where_it_was_asked(
    api: APIClient, agent: Agent, bots: list[BotDouble]
) -> None:
    bots[0].answer = {"status": "ready", "botUrl": ""}

    assert connect(api, agent).bot_url == bots[0].url


def test_a_heartbeat_keeps_a_call_with_the_bot_that_has_it(
    api: APIClient, internal: APIClient, agent: Agent, bots: list[BotDouble]
) -> None:
    first, second = connect(api, agent), connect(api, agent)

    beat: dict[str, Any] = {"botId": "b", "draining": False}
    for bot, call in zip(bots, (first, second), strict=True):
        beat |= {"botUrl": bot.url, "calls": [str(call.pk)]}
        assert internal.post("/api/bot/heartbeat", beat, format="json").json() == {
            "end": []
        }

    for bot, call in zip(bots, (first, second), strict=True):
        call.refresh_from_db()
        assert call.bot_url == bot.url
        assert call.heartbeat_at
