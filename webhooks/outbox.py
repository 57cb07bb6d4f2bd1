"""What happened is recorded here, in the transaction in which it happens."""

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import redis
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.errors import Conflict
from common.redis import client
from webhooks.models import (
    Delivery,
    Endpoint,
    Event,
    EventType,
    Status,
    Transition,
)
from webhooks.tasks import send

logger = logging.getLogger(__name__)

# A part of a statement: whether anybody is to be told of anything.
IS_HEARD = """
EXISTS (
    SELECT FROM webhooks_endpoint
    WHERE organization_id = %(organization_id)s AND is_active
)
"""


@dataclass(frozen=True)
class Happened:
    """A call's start or end: ``call`` is the call on the wire."""

    type: EventType
    organization_id: uuid.UUID
    call_id: uuid.UUID
    call: dict[str, Any]
    transcript: list[Any] | None = None

    @property
    def transition(self) -> Transition:
        return Transition.START if self.type == EventType.STARTED else Transition.END


def listeners(
    organization_ids: Iterable[uuid.UUID], types: Iterable[EventType]
) -> list[Endpoint]:
    """The endpoints of these organizations that ask for any of these events."""
    return list(
        Endpoint.objects.filter(
            organization__in=set(organization_ids),
            is_active=True,
            events__overlap=list(types),
        ).order_by("pk")
    )


def record(happened: Iterable[Happened], endpoints: list[Endpoint]) -> None:
    """Keep what happened for those of ``endpoints`` that ask for it, and send it when
    the transaction has been committed. To be called within that transaction.

    Raises ``IntegrityError`` for a transition that was recorded before.
    """
    now = timezone.now()
    events, deliveries = [], []
    for one in happened:
        wanted = [
            endpoint
            for endpoint in endpoints
            if endpoint.organization_id == one.organization_id
            and one.type in endpoint.events
        ]
        if not wanted:
            continue
        event = event_of(one, now)
        events.append(event)
        deliveries += [delivery_of(event, endpoint) for endpoint in wanted]
    Event.objects.bulk_create(events, batch_size=1000)
    Delivery.objects.bulk_create(deliveries, batch_size=1000)
    wake({delivery.endpoint_id for delivery in deliveries})


def event_of(one: Happened, now: datetime) -> Event:
    event = Event(
        organization_id=one.organization_id,
        type=one.type,
        call_id=one.call_id,
        transition=one.transition,
        transcript=one.transcript,
        created_at=now,
    )
    event.payload = payload_of(event, {"call": one.call})
    return event


def payload_of(event: Event, more: dict[str, Any]) -> dict[str, Any]:
    created_at = event.created_at.isoformat().replace("+00:00", "Z")
    head = {"id": str(event.pk), "type": event.type, "createdAt": created_at}
    return head | more


def delivery_of(event: Event, endpoint: Endpoint) -> Delivery:
    at = event.created_at
    return Delivery(event=event, endpoint=endpoint, next_attempt_at=at, created_at=at)


@transaction.atomic
def send_test(endpoint: Endpoint) -> Delivery:
    """Send the endpoint an event that says nothing. Raises ``Conflict`` where it is
    switched off."""
    if not endpoint.is_active:
        raise Conflict("The endpoint is switched off.")
    event = Event(
        organization_id=endpoint.organization_id,
        type=EventType.TEST,
        created_at=timezone.now(),
    )
    event.payload = payload_of(event, {"message": "This is a test."})
    event.save(force_insert=True)
    delivery = delivery_of(event, endpoint)
    delivery.save(force_insert=True)
    wake({endpoint.pk})
    return delivery


@transaction.atomic
def send_again(delivery: Delivery) -> Delivery:
    """Send what was delivered or given up again, with all its retries. Raises
    ``Conflict`` for one that is on its way, or whose endpoint is switched off."""
    rows = Delivery.objects.filter(pk=delivery.pk).exclude(status=Status.PENDING)
    if not delivery.endpoint.is_active:
        raise Conflict("The endpoint is switched off.")
    changed = rows.update(
        status=Status.PENDING,
        next_attempt_at=timezone.now(),
        first_attempt_at=None,
        failures=0,
    )
    if not changed:
        raise Conflict("It is on its way already.")
    delivery.refresh_from_db()
    wake({delivery.endpoint_id})
    return delivery


def wake(endpoint_ids: set[uuid.UUID]) -> None:
    """Have the worker send at once, after the commit. Where it is not reached, it looks
    by itself every few seconds."""
    if endpoint_ids:
        transaction.on_commit(partial(_enqueue, sorted(endpoint_ids)), robust=True)


def _enqueue(endpoint_ids: list[uuid.UUID]) -> None:
    try:
        # The broker's own client would wait for seconds for a Redis that hangs.
        client().ping()
        for endpoint_id in endpoint_ids:
            send.delay(str(endpoint_id))
    except (redis.RedisError, OperationalError):
        logger.warning("The worker was not woken for webhooks")
