"""Deliveries that are due are sent: in order, once at a time for each endpoint."""

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpcore
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from webhooks import wire
from webhooks.models import Attempt, Delivery, Event, Status
from webhooks.schedule import next_attempt
from webhooks.signing import SIGNATURE, TIMESTAMP, encode, sign

logger = logging.getLogger(__name__)

# As many as one task sends, so that no endpoint keeps the worker for itself.
BATCH = 100
FORGOTTEN_AT_ONCE = 5000


def endpoints_due() -> list[uuid.UUID]:
    """The endpoints for which something is due now."""
    due = Delivery.objects.due(timezone.now()).order_by()
    return list(due.values_list("endpoint_id", flat=True).distinct())


def send_due(endpoint_id: uuid.UUID) -> int:
    """Send what is due for an endpoint, the oldest first, until something fails;
    answers how many were delivered. Does nothing while another worker sends to it.

    A delivery's row is locked while it is sent, and marked in the same transaction:
    what a worker was sending when it was killed is due still, and is sent again.
    """
    delivered = 0
    with _alone(endpoint_id) as alone:
        while alone and delivered < BATCH and _send_next(endpoint_id):
            delivered += 1
    return delivered


@transaction.atomic
def _send_next(endpoint_id: uuid.UUID) -> bool:
    """Whether there was one, and it was delivered."""
    due = Delivery.objects.due(timezone.now()).filter(endpoint=endpoint_id)
    locked = due.select_for_update(skip_locked=True, of=("self",))
    delivery = locked.select_related("event", "endpoint").first()
    if delivery is None:
        return False
    attempt = request(delivery)
    attempt.save(force_insert=True)
    note(delivery, attempt)
    return attempt.succeeded


def request(delivery: Delivery) -> Attempt:
    """Make one attempt; answers what came of it."""
    event, endpoint = delivery.event, delivery.endpoint
    payload = event.payload
    if endpoint.include_transcript and event.transcript is not None:
        payload = payload | {"transcript": event.transcript}
    body = encode(payload)
    at = timezone.now()
    timestamp = int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "osmTalk-Webhooks/1",
        "X-OsmTalk-Event": event.type,
        "X-OsmTalk-Delivery": str(delivery.pk),
        TIMESTAMP: str(timestamp),
        SIGNATURE: sign(endpoint.secret, timestamp, body),
    }
    started = time.monotonic()
    attempt = Attempt(delivery=delivery, at=at)
    try:
        answer = wire.post(endpoint.url, headers, body)
        attempt.status_code, attempt.excerpt = answer.status_code, answer.excerpt
    except wire.Refused as refused:
        attempt.error = str(refused)
    except (httpcore.TimeoutException, TimeoutError):
        attempt.error = f"No answer within {wire.TOTAL_SECS:g} s."
    except (httpcore.NetworkError, OSError):
        attempt.error = "The connection could not be made, or broke."
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError):
        attempt.error = "The answer was not HTTP."
    attempt.ms = round((time.monotonic() - started) * 1000)
    return attempt


def note(delivery: Delivery, attempt: Attempt) -> None:
    """Mark a delivery by its latest attempt: delivered, to be tried again, or dead."""
    if attempt.succeeded:
        delivery.status, delivery.next_attempt_at = Status.DELIVERED, None
    else:
        delivery.first_attempt_at = delivery.first_attempt_at or attempt.at
        delivery.failures += 1
        delivery.next_attempt_at = next_attempt(
            delivery.first_attempt_at, delivery.failures, attempt.at
        )
        if delivery.next_attempt_at is None:
            delivery.status = Status.DEAD
            logger.warning(
                "Webhook given up",
                extra={"delivery": delivery.pk, "endpoint": str(delivery.endpoint_id)},
            )
    delivery.save(
        update_fields=["status", "next_attempt_at", "first_attempt_at", "failures"]
    )


@contextmanager
def _alone(endpoint_id: uuid.UUID) -> Iterator[bool]:
    """Whether nobody else sends to the endpoint until the end of the block. The lock is
    the connection's, so that it ends with a crash."""
    key = int.from_bytes(endpoint_id.bytes[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        alone: bool = cursor.fetchone()[0]
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def forget_old() -> int:
    """Remove events of more than ``WEBHOOK_RETENTION_DAYS``, with their deliveries;
    answers how many."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    removed = 0
    while True:
        old = Event.objects.filter(created_at__lt=before).order_by("created_at")
        found = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        if not found:
            return removed
        Event.objects.filter(pk__in=found).delete()
        removed += len(found)
