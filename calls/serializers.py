"""Calls on the wire: camelCase, money with two decimals, times in UTC."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calls import examples, recordings
from calls.channels import BillingStatus
from calls.failures import describe
from calls.models import Call, CostLine
from common.lists import Selectable


def money(source: str) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=12, decimal_places=2, source=source, read_only=True
    )


class CallListOut(Selectable, serializers.ModelSerializer[Call]):  # type: ignore[misc]
    """A call in a list."""

    agentId = serializers.UUIDField(source="agent_id")
    agentName = serializers.CharField(source="agent_name")
    failureReason = serializers.SerializerMethodField()
    startedAt = serializers.DateTimeField(source="started_at")
    endedAt = serializers.DateTimeField(source="ended_at", allow_null=True)
    durationSeconds = serializers.FloatField(source="duration_secs", allow_null=True)
    totalTokens = serializers.IntegerField(source="total_tokens", allow_null=True)
    avgLatency = serializers.FloatField(source="avg_latency", allow_null=True)
    costTotal = money("cost_total")
    billingStatus = serializers.ChoiceField(
        BillingStatus.choices, source="billing_status"
    )
    hasRecording = serializers.BooleanField(source="recording_key")
    from_ = serializers.CharField(source="from_number")
    to = serializers.CharField(source="to_number")

    renamed: ClassVar = {"from_": "from"}
    example: ClassVar = examples.CALL_ROW

    class Meta:
        model = Call
        fields = (
            "id",
            "agentId",
            "agentName",
            "channel",
            "direction",
            "status",
            "failureReason",
            "from_",
            "to",
            "startedAt",
            "endedAt",
            "durationSeconds",
            "turns",
            "totalTokens",
            "avgLatency",
            "costTotal",
            "billingStatus",
            "hasRecording",
        )

    def get_failureReason(self, call: Call) -> str | None:
        return call.failure_reason or None


class CostLineOut(serializers.ModelSerializer[CostLine]):
    """``unitPrice``, ``rateId`` and ``amount`` are null for usage without a rate."""

    quantity = serializers.DecimalField(20, 6, normalize_output=True)
    unitPrice = serializers.DecimalField(
        20, 10, source="unit_price", allow_null=True, normalize_output=True
    )
    rateId = serializers.IntegerField(source="rate_id", allow_null=True)
    amount = serializers.SerializerMethodField()

    class Meta:
        model = CostLine
        fields = (
            "component",
            "provider",
            "model",
            "quantity",
            "unit",
            "unitPrice",
            "rateId",
            "amount",
        )

    def get_amount(self, line: CostLine) -> str | None:
        return None if line.is_unpriced else f"{line.amount.normalize():f}"


def leg_word(call: Call, name: str) -> str | None:
    """A word that the carrier has said of the call, if any."""
    return getattr(call.carrier_leg, name, "") or None


class FailureOut(serializers.Serializer[Any]):
    """What is known of the way in which a call failed."""

    title = serializers.CharField()
    cause = serializers.CharField()
    blame = serializers.CharField()
    whatToTry = serializers.CharField()
    retryable = serializers.BooleanField()


class LineOut(serializers.Serializer[Any]):
    """What was said, and when, in seconds since the call began."""

    role = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    at = serializers.FloatField()
    until = serializers.FloatField(required=False, allow_null=True)
    interrupted = serializers.BooleanField(required=False)


class CallOut(CallListOut):
    """A call with everything that is known of it."""

    endReason = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    costLlm = money("cost_llm")
    costStt = money("cost_stt")
    costTts = money("cost_tts")
    costSip = money("cost_sip")
    costLines = CostLineOut(source="lines", many=True)
    isUnpriced = serializers.BooleanField(source="is_unpriced")
    recordingUrl = serializers.SerializerMethodField()
    agentConfig = serializers.DictField(source="agent_config")
    metrics = serializers.DictField(allow_null=True)
    transcript = serializers.SerializerMethodField()
    # Of calls over a carrier; null for others, and for what has not happened.
    ringingAt = serializers.DateTimeField(
        source="carrier_leg.ringing_at", default=None, allow_null=True
    )
    answeredAt = serializers.DateTimeField(
        source="carrier_leg.answered_at", default=None, allow_null=True
    )
    answeredBy = serializers.SerializerMethodField()
    hangupCause = serializers.SerializerMethodField()
    transferredTo = serializers.SerializerMethodField()

    example: ClassVar = examples.CALL

    class Meta:
        model = Call
        fields = (
            *CallListOut.Meta.fields,
            "ringingAt",
            "answeredAt",
            "answeredBy",
            "hangupCause",
            "transferredTo",
            "endReason",
            "failure",
            "interruptions",
            "transcript",
            "metrics",
            "costLlm",
            "costStt",
            "costTts",
            "costSip",
            "costLines",
            "isUnpriced",
            "recordingUrl",
            "agentConfig",
        )

    def get_endReason(self, call: Call) -> str | None:
        return call.end_reason or None

    @extend_schema_field(FailureOut(allow_null=True))
    def get_failure(self, call: Call) -> dict[str, Any] | None:
        failure = describe(call.failure_reason)
        return failure.as_wire() if failure else None

    def get_answeredBy(self, call: Call) -> str | None:
        return leg_word(call, "answered_by")

    def get_hangupCause(self, call: Call) -> str | None:
        return leg_word(call, "hangup_cause")

    def get_transferredTo(self, call: Call) -> str | None:
        return leg_word(call, "transferred_to")

    @extend_schema_field(LineOut(many=True))
    def get_transcript(self, call: Call) -> list[Any]:
        return call.transcript or []

    def get_recordingUrl(self, call: Call) -> str | None:
        return recordings.listen_url(call)
