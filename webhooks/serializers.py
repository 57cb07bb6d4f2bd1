"""Endpoints and deliveries on the wire."""

from typing import Any

from rest_framework import serializers

from common.lists import Selectable
from webhooks.endpoints import refusal
from webhooks.models import CALL_EVENTS, Attempt, Delivery, Endpoint


class EndpointIn(serializers.ModelSerializer[Endpoint]):
    """An endpoint, or what is to change of it."""

    url = serializers.URLField(max_length=500)
    events = serializers.MultipleChoiceField(
        choices=[(event.value, event.label) for event in CALL_EVENTS],
        allow_empty=False,
    )
    includeTranscript = serializers.BooleanField(
        source="include_transcript", required=False
    )
    isActive = serializers.BooleanField(source="is_active", required=False)

    class Meta:
        model = Endpoint
        fields = ("url", "description", "events", "includeTranscript", "isActive")

    def validate_url(self, url: str) -> str:
        if why := refusal(url):
            raise serializers.ValidationError(why)
        return url

    def validate_events(self, events: set[str]) -> list[str]:
        return [event.value for event in CALL_EVENTS if event.value in events]


class EndpointOut(Selectable, serializers.ModelSerializer[Endpoint]):  # type: ignore[misc]
    """An endpoint, without its secret."""

    includeTranscript = serializers.BooleanField(source="include_transcript")
    isActive = serializers.BooleanField(source="is_active")
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Endpoint
        fields = (
            "id",
            "url",
            "description",
            "events",
            "includeTranscript",
            "isActive",
            "createdAt",
        )


class AttemptOut(serializers.ModelSerializer[Attempt]):
    statusCode = serializers.IntegerField(source="status_code", allow_null=True)

    class Meta:
        model = Attempt
        fields = ("at", "ms", "statusCode", "error", "excerpt")


class DeliveryOut(Selectable, serializers.ModelSerializer[Delivery]):  # type: ignore[misc]
    """An event on its way, with every attempt."""

    eventId = serializers.UUIDField(source="event_id")
    type = serializers.CharField(source="event.type")
    callId = serializers.UUIDField(source="event.call_id", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    nextAttemptAt = serializers.DateTimeField(source="next_attempt_at", allow_null=True)
    attempts = AttemptOut(many=True)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "eventId",
            "type",
            "callId",
            "status",
            "createdAt",
            "nextAttemptAt",
            "attempts",
        )


def with_secret(endpoint: Endpoint) -> dict[str, Any]:
    """For the one answer in which the secret is shown."""
    return {**EndpointOut(endpoint).data, "secret": endpoint.secret}
