"""Whom to tell what happened to calls, what there was to tell, and how that went."""

import secrets
import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orgs.models import Organization

SECRET_PREFIX = "whsec_"


class EventType(models.TextChoices):
    STARTED = "call.started", "A call started"
    COMPLETED = "call.completed", "A call was completed"
    FAILED = "call.failed", "A call failed"
    TEST = "webhook.test", "Test"


# What an endpoint may ask for; a test goes where it was asked for.
CALL_EVENTS = (EventType.STARTED, EventType.COMPLETED, EventType.FAILED)


class Transition(models.TextChoices):
    """What happens to a call once, and so is told once."""

    START = "start", "Start"
    END = "end", "End"


def new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)


class Endpoint(models.Model):
    """An address of an organization's that is told of its calls."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="webhook_endpoints"
    )
    url = models.URLField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    # Kept as it is, since every delivery is signed with it; shown once.
    secret = models.CharField(max_length=80, default=new_secret, editable=False)
    events = ArrayField(models.CharField(max_length=20, choices=EventType))
    include_transcript = models.BooleanField(
        default=False, help_text="Send what was said along with the end of a call."
    )
    is_active = models.BooleanField(
        default=True, help_text="Off: nothing is sent, and what happens is not kept."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-created_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.description or self.url


class Event(models.Model):
    """Something that happened, in the words in which it is told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="webhook_events"
    )
    type = models.CharField(max_length=20, choices=EventType)
    # A value and no foreign key: webhooks do not know calls.
    call_id = models.UUIDField(null=True)
    transition = models.CharField(max_length=5, choices=Transition, blank=True)
    payload = models.JSONField()
    # Apart from the payload, since not every endpoint gets it.
    transcript = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call_id", "transition"],
                condition=Q(call_id__isnull=False),
                name="webhook_event_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class Status(models.TextChoices):
    PENDING = "pending", "To be sent"
    DELIVERED = "delivered", "Delivered"
    DEAD = "dead", "Given up"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """What is to be sent by now, in the order in which it is to be sent."""
        pending = self.filter(status=Status.PENDING, endpoint__is_active=True)
        return pending.filter(next_attempt_at__lte=now).order_by(
            "next_attempt_at", "pk"
        )


class Delivery(models.Model):
    """An event on its way to an endpoint."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    status = models.CharField(
        max_length=9, choices=Status, default=Status.PENDING, editable=False
    )
    next_attempt_at = models.DateTimeField(null=True)
    # Since it was recorded, or sent again by hand: the schedule counts from the first.
    first_attempt_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    objects: ClassVar = DeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event", "endpoint"], name="webhook_delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.PENDING, next_attempt_at__isnull=False)
                | (~Q(status=Status.PENDING) & Q(next_attempt_at__isnull=True)),
                name="webhook_delivery_pending_has_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status=Status.PENDING),
                name="webhook_due",
            ),
            models.Index(
                fields=["endpoint", "-created_at", "-id"], name="webhook_newest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class Attempt(models.Model):
    """One request, and what came of it. ``status_code`` is null where nothing came."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    ms = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=120, blank=True)
    # The beginning of what the receiver answered.
    excerpt = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.status_code or self.error} at {self.at}"

    @property
    def succeeded(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300
