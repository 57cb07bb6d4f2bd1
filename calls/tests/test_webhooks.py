"""Each start and each end of a call is told once, whoever reports, sweeps or clicks."""

import ipaddress
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from agents.models import Agent
from calls import conversations, lifecycle, lost
from calls.channels import Channel, EndReason, Status
from calls.lifecycle import Ending, end_call
from calls.models import Call
from calls.tests.conftest import says
from common.errors import OperationError
from doubles.bot import BotDouble
from doubles.receiver import Receiver
from orgs.models import Organization
from webhooks.models import CALL_EVENTS, Delivery, Endpoint, Event
from webhooks.sending import send_due


@pytest.fixture
def endpoint(organization: Organization) -> Endpoint:
    return Endpoint.objects.create(
        organization=organization,
        url="https://example.com/hook",
        events=list(CALL_EVENTS),
    )


def told() -> list[str]:
    return list(Event.objects.order_by("created_at").values_list("type", flat=True))


def test_a_call_is_told_when_it_starts_and_when_it_is_completed(
    endpoint: Endpoint,
    start: Callable[..., Call],
    internal: APIClient,
    api: APIClient,
    report: Callable[..., Any],
    rates: Any,
) -> None:
    call = start()
    internal.post(f"/api/calls/{call.pk}/complete", report())

    begun, ended = Event.objects.order_by("created_at")
    assert (begun.type, ended.type) == ("call.started", "call.completed")
    assert begun.payload["call"]["status"] == "active"
    (listed,) = api.get("/api/calls").json()["calls"]
    assert ended.payload["call"] == listed
    assert listed["costTotal"] == "7.35"
    assert ended.payload["id"] == str(ended.pk)
    assert ended.transcript is None
    assert Delivery.objects.filter(endpoint=endpoint, status="pending").count() == 2


def test_reports_sweeps_and_clicks_end_it_once(
    endpoint: Endpoint,
    start: Callable[..., Call],
    internal: APIClient,
    api: APIClient,
    report: Callable[..., Any],
) -> None:
    call = start()
    api.post(f"/api/calls/{call.pk}/end")
    internal.post(f"/api/calls/{call.pk}/complete", report())
    internal.post(f"/api/calls/{call.pk}/complete", report())
    api.post(f"/api/calls/{call.pk}/end")
    end_call(call, Ending(Status.FAILED, EndReason.ERROR, "bot_lost"))

    assert told() == ["call.started", "call.completed"]


def test_the_report_after_a_sweep_is_no_second_end(
    endpoint: Endpoint,
    start: Callable[..., Call],
    internal: APIClient,
    report: Callable[..., Any],
) -> None:
    call = start()
    end_call(call, Ending(Status.FAILED, EndReason.ERROR, "bot_lost"))
    internal.post(f"/api/calls/{call.pk}/complete", report())

    assert told() == ["call.started", "call.failed"]
    last = Event.objects.latest("created_at")
    assert last.payload["call"]["failureReason"] == "bot_lost"


def test_a_call_that_no_bot_takes_has_failed(
    endpoint: Endpoint, agent: Agent, no_bot: None
) -> None:
    with pytest.raises(OperationError):
        lifecycle.start_call(lifecycle.CallRequest(agent, Channel.WEB))

    assert told() == ["call.started", "call.failed"]


def test_a_mass_sweep_tells_of_each(
    endpoint: Endpoint,
    start: Callable[..., Call],
    agent: Agent,
    bot: BotDouble,
    other_organization: Organization,
) -> None:
    lost_calls = [
        Call(
            organization=agent.organization,
            agent=agent,
            channel=Channel.WEB,
            started_at=timezone.now() - timedelta(hours=9),
            bot_url=bot.url,
            agent_config=agent.frozen_config(),
        )
        for _ in range(300)
    ]
    Call.objects.bulk_create(lost_calls)

    assert lost.sweep_stale_calls().count == 300
    assert lost.sweep_stale_calls().count == 0

    events = Event.objects.filter(type="call.failed")
    assert events.count() == Delivery.objects.count() == 300
    assert {event.call_id for event in events} == {call.pk for call in lost_calls}


def test_an_end_that_is_rolled_back_is_not_told(
    endpoint: Endpoint, start: Callable[..., Call]
) -> None:
    call = start()

    @transaction.atomic
    def end_and_crash() -> None:
        lifecycle.mark_ended(call, Ending(Status.COMPLETED))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        end_and_crash()

    assert told() == ["call.started"]


@pytest.mark.parametrize(
    "changes",
    [{"is_active": False}, {"events": ["call.failed"]}],
)
def test_what_nobody_asked_for_is_not_kept(
    endpoint: Endpoint, start: Callable[..., Call], changes: dict[str, Any]
) -> None:
    Endpoint.objects.update(**changes)

    end_call(start(), Ending(Status.COMPLETED))

    assert told() == []


def test_anothers_endpoint_is_told_nothing(
    endpoint: Endpoint, other_organization: Organization, start: Callable[..., Call]
) -> None:
    Endpoint.objects.update(organization=other_organization)

    start()

    assert told() == []


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_PRIVATE = [ipaddress.ip_network("127.0.0.1/32")]
    double = Receiver()
    yield double
    double.close()


def test_what_was_said_goes_to_those_who_ask_for_it(
    endpoint: Endpoint,
    receiver: Receiver,
    start: Callable[..., Call],
    internal: APIClient,
    report: Callable[..., Any],
) -> None:
    Endpoint.objects.update(url=receiver.url, events=["call.completed"])
    curious = Endpoint.objects.create(
        organization=endpoint.organization,
        url=receiver.url,
        events=["call.completed"],
        include_transcript=True,
    )
    call = start()
    internal.post(f"/api/calls/{call.pk}/complete", report())

    for one in (endpoint, curious):
        send_due(one.pk)

    plain, whole = (got.body for got in receiver.received)
    assert b"I am Asha" not in plain
    assert b"I am Asha" in whole


def test_a_conversation_is_told_as_a_call_is(
    endpoint: Endpoint, agent: Agent, bot: BotDouble, rates: Any
) -> None:
    bot.status, bot.answer = 200, says("Hello!")
    request = lifecycle.CallRequest(agent, Channel.CHAT)
    call = lifecycle.draft_call(request)
    conversations.reply(call, "Hello")
    conversations.reply(call, "And?")
    conversations.finish(call)
    conversations.finish(call)

    assert told() == ["call.started", "call.completed"]
    ended = Event.objects.get(type="call.completed")
    assert ended.payload["call"]["costTotal"] == "11.20"
    assert ended.payload["call"]["billingStatus"] == "charged"


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_tells(
    endpoint: Endpoint, start: Callable[..., Call], bot: BotDouble
) -> None:
    call = start()

    def end(_: int) -> bool:
        try:
            return end_call(call, Ending(Status.COMPLETED))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(end, range(8))) == 1

    assert told() == ["call.started", "call.completed"]
