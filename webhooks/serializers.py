"""Endpoints and deliveries on the wire."""

from typing import Any, ClassVar

from rest_framework import serializers

from common.lists import Selectable
from webhooks.endpoints import refusal
from webhooks.models import CALL_EVENTS, Attempt, Delivery, Endpoint

ENDPOINT = {
    "id": "0b6cf0c5-6a0e-4d53-9d7e-9c1f7f5b3a11",
    "url": "https://example.com/hook",
    "description": "CRM",
    "events": ["call.completed", "call.failed"],
    "includeTranscript": False,
    "isActive": True,
    "createdAt": "2026-11-24T10:00:00Z",
}


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

    example: ClassVar[dict[str, Any]] = {
        "url": "https://example.com/hook",
        "events": ["call.completed", "call.failed"],
        "description": "CRM",
    }

    class Meta:
        model = Endpoint
        fields = ("url", "description", "events", "includeTranscript", "isActive")

    def validate_url(self, url: str) -> str:
        if why := refusal(url):
            raise serializers.ValidationError(why)
        return url

    def validate_events(self, events: set[str]) -> list[str]:
        return [event.value for event in CALL_EVENTS if event.value in events]


class EndpointChange(EndpointIn):
    """What is to change of an endpoint; the rest stays as it is."""

    example: ClassVar[dict[str, Any]] = {"isActive": False}
    is_part = True


class EndpointOut(Selectable, serializers.ModelSerializer[Endpoint]):  # type: ignore[misc]
    """An endpoint, without its secret."""

    includeTranscript = serializers.BooleanField(source="include_transcript")
    isActive = serializers.BooleanField(source="is_active")
    createdAt = serializers.DateTimeField(source="created_at")

    example: ClassVar[dict[str, Any]] = ENDPOINT

    class Meta:
        model = Endpoint
        fields: tuple[str, ...] = (
            "id",
            "url",
            "description",
            "events",
            "includeTranscript",
            "isActive",
            "createdAt",
        )


class NewEndpointOut(EndpointOut):
    """An endpoint with the secret that its deliveries are signed with."""

    example: ClassVar[dict[str, Any]] = {**ENDPOINT, "secret": "whsec_…"}

    class Meta(EndpointOut.Meta):
        fields = (*EndpointOut.Meta.fields, "secret")


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

    example: ClassVar[dict[str, Any]] = {
        "id": 71,
        "eventId": "5f0c1d6e-7e31-4a57-8b53-0d1f6c8a9b10",
        "type": "call.completed",
        "callId": "6f1c3b52-0e7d-4a51-9d0e-3f6b8f5c2a10",
        "status": "delivered",
        "createdAt": "2026-11-24T10:01:33Z",
        "nextAttemptAt": None,
        "attempts": [
            {
                "at": "2026-11-24T10:01:33Z",
                "ms": 84,
                "statusCode": 200,
                "error": "",
                "excerpt": "ok",
            }
        ],
    }

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
