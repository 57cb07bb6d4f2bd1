"""At a limit a caller gets a clear refusal, and nothing is left behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from agents.models import Agent
from calls.channels import Channel, Status
from calls.lifecycle import Ending, end_call
from calls.models import Call
from calls.slots import gate
from capacity.gate import CapacityExceeded
from doubles.bot import BotDouble

SENTENCE = "All voice agents are currently busy. Please try again in a moment."


def test_the_organizations_limit_answers_exactly_this(
    api: APIClient, agent: Agent, start: Callable[..., Call], settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS_PER_ORG = 2
    start()
    start()

    response = api.post(f"/api/agents/{agent.pk}/connect")

    assert response.status_code == 429
    assert response.json() == {
        "error": SENTENCE,
        "code": "high_volume",
        "scope": "org",
        "global": 2,
        "org": 2,
        "globalLimit": 43,
        "orgLimit": 2,
    }
    assert int(response.headers["Retry-After"]) >= 1
    assert Call.objects.count() == 2


def test_the_platforms_limit_is_named_first(
    api: APIClient, agent: Agent, start: Callable[..., Call], settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS = settings.MAX_CONCURRENT_CALLS_PER_ORG = 1
    start()

    body = api.post(f"/api/agents/{agent.pk}/connect").json()

    assert (body["scope"], body["global"], body["globalLimit"]) == ("global", 1, 1)


def test_a_limit_of_ones_own_takes_effect_at_once(
    start: Callable[..., Call], agent: Agent
) -> None:
    start()
    agent.organization.max_concurrent_calls = 1
    agent.organization.save()

    with pytest.raises(CapacityExceeded):
        start()


def test_an_ended_call_makes_room(
    start: Callable[..., Call], settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS = 1
    call = start()

    end_call(call, Ending(Status.COMPLETED))

    assert start().holds_slot


def test_text_conversations_do_not_count(
    start: Callable[..., Call], settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS = 1
    start(Channel.CHAT)
    start(Channel.WHATSAPP_MESSAGE)

    assert start().status == Status.ACTIVE


def test_every_refusal_is_logged_for_alerts(
    start: Callable[..., Call], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAX_CONCURRENT_CALLS = 1
    start()

    with pytest.raises(CapacityExceeded):
        start()

    (record,) = [r for r in caplog.records if r.msg == "Capacity gate triggered"]
    assert record.levelname == "WARNING"
    assert vars(record)["scope"] == "global"


@pytest.mark.django_db(transaction=True)
def test_of_ten_starts_at_once_with_one_slot_left_one_gets_it(
    bot: BotDouble, agent: Agent, start: Callable[..., Call], settings: Settings
) -> None:
    settings.MAX_CONCURRENT_CALLS = 3
    start()
    start()

    def attempt(_: int) -> str:
        try:
            start()
            return "admitted"
        except CapacityExceeded as refusal:
            return f"refused at {refusal.details['global']}"
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(attempt, range(10)))

    assert sorted(outcomes) == ["admitted"] + ["refused at 3"] * 9
    assert Call.objects.holding_slots().count() == 3
    assert sum(gate.slots.counts().values()) == 3
