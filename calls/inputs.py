"""What the routes of calls take: camelCase, with bounds on everything."""

from typing import Any, ClassVar

from rest_framework import serializers

from agents.examples import AGENT_ID, PHONE_NUMBER
from agents.models import E164
from calls import examples
from calls.answers import CALL_ID
from calls.channels import EndReason, Status
from calls.models import Call
from calls.reports import Report
from common.lists import ListQuery

MAX_SECONDS = 7 * 24 * 3600
MAX_COUNT = 10**12
MAX_TURNS = 100_000


class DynamicVariables(serializers.DictField):
    """Values for the placeholders of prompt and greeting."""

    child = serializers.JSONField()

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if len(value) > 100:
            raise serializers.ValidationError("There may be at most 100 variables.")
        return value


class ConnectIn(serializers.Serializer[Any]):
    dynamicVariables = DynamicVariables(default=dict)

    example: ClassVar[dict[str, Any]] = {"dynamicVariables": {"name": "Asha"}}


class ChatIn(ConnectIn):
    """A message to an agent, to go on with ``callId`` or to begin. ``end`` ends the
    conversation, after the reply where there is a message."""

    message = serializers.CharField(max_length=4096, required=False)
    callId = serializers.UUIDField(required=False)
    end = serializers.BooleanField(default=False)

    example: ClassVar = {"message": "When do you open?"}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        ends_only = attrs["end"] and "callId" in attrs
        if "message" not in attrs and not ends_only:
            raise serializers.ValidationError({"message": ["Write something."]})
        return attrs


class OutboundIn(ConnectIn):
    """A phone call to make. The ids are looked up within the organization."""

    agentId = serializers.UUIDField()
    phoneNumberId = serializers.UUIDField()
    destination = serializers.CharField(max_length=16, validators=[E164])

    example: ClassVar = {
        "agentId": AGENT_ID,
        "phoneNumberId": PHONE_NUMBER["id"],
        "destination": "+919812345678",
        "dynamicVariables": {"name": "Asha"},
    }


class TransferIn(serializers.Serializer[Any]):
    """Whom to hand a phone call to, and what they hear first."""

    destination = serializers.CharField(max_length=16, validators=[E164])
    summary = serializers.CharField(default="", allow_blank=True, max_length=2_000)

    example: ClassVar = {
        "destination": "+919812345678",
        "summary": "Asha asks for an appointment on Monday.",
    }


class TranscriptIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(["user", "assistant", "tool", "dtmf"])
    text = serializers.CharField(allow_blank=True, max_length=50_000)
    at = serializers.FloatField(min_value=0, max_value=MAX_SECONDS)
    until = serializers.FloatField(
        min_value=0, max_value=MAX_SECONDS, required=False, allow_null=True
    )
    interrupted = serializers.BooleanField(default=False)


def _latency() -> serializers.FloatField:
    return serializers.FloatField(
        min_value=0, max_value=MAX_SECONDS, required=False, allow_null=True
    )


def _count(limit: int = MAX_COUNT) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=limit, required=False)


class MetricsIn(serializers.Serializer[Any]):
    """The metrics that are understood; others are kept as they come."""

    turns = _count(MAX_TURNS)
    interruptions = _count(MAX_TURNS)
    avgLatency = _latency()
    avgLlmTtfb = _latency()
    avgTtsTtfb = _latency()
    avgSttTtfb = _latency()
    totalPromptTokens = _count()
    totalCachedTokens = _count()
    totalCompletionTokens = _count()
    totalTtsCharacters = _count()
    events = serializers.ListField(
        child=serializers.DictField(), required=False, max_length=50_000
    )

    def to_internal_value(self, data: Any) -> Any:
        understood = super().to_internal_value(data)
        return {**data, **understood}


class EngineIn(serializers.Serializer[Any]):
    provider = serializers.CharField(max_length=40)
    model = serializers.CharField(max_length=80)


class UsageIn(serializers.Serializer[Any]):
    sttSeconds = serializers.FloatField(
        min_value=0, max_value=MAX_SECONDS, required=False
    )
    llm = EngineIn(required=False, allow_null=True)
    stt = EngineIn(required=False, allow_null=True)
    tts = EngineIn(required=False, allow_null=True)


class ReportIn(serializers.Serializer[Any]):
    """The bot's report at the end of a call."""

    status = serializers.ChoiceField([Status.COMPLETED.value, Status.FAILED.value])
    endedAt = serializers.DateTimeField()
    durationSecs = serializers.FloatField(min_value=0, max_value=MAX_SECONDS)
    endReason = serializers.ChoiceField(EndReason.choices, required=False)
    failureReason = serializers.RegexField(
        r"^[a-z][a-z0-9_]*$", max_length=40, required=False, allow_null=True
    )
    transcript = TranscriptIn(many=True, default=list, max_length=20_000)  # type: ignore[call-arg]
    metrics = MetricsIn(default=dict)
    usage = UsageIn(default=dict)
    recordingKey = serializers.CharField(
        max_length=255, default="", allow_blank=True, allow_null=True
    )

    example: ClassVar = examples.REPORT

    @staticmethod
    def report(data: dict[str, Any]) -> Report:
        """Of what was validated."""
        failed = data["status"] == Status.FAILED
        return Report(
            status=Status(data["status"]),
            ended_at=data["endedAt"],
            duration_secs=data["durationSecs"],
            end_reason=data.get("endReason", ""),
            failure_reason=(data.get("failureReason") or "bot_error") if failed else "",
            transcript=data["transcript"],
            metrics=data["metrics"],
            usage=data["usage"],
            recording_key=data["recordingKey"] or "",
        )


class OfferIn(serializers.Serializer[Any]):
    """A browser's WebRTC offer; with ``pcId`` for a connection that it has."""

    sdp = serializers.CharField(max_length=200_000, trim_whitespace=False)
    type = serializers.ChoiceField(["offer"])
    pcId = serializers.CharField(max_length=200, required=False)
    restartPc = serializers.BooleanField(required=False)

    example: ClassVar = {"sdp": "v=0 …", "type": "offer"}


class CandidateIn(serializers.Serializer[Any]):
    candidate = serializers.CharField(max_length=2_000, allow_blank=True)
    sdpMid = serializers.CharField(max_length=50, required=False, allow_null=True)
    sdpMLineIndex = serializers.IntegerField(
        min_value=0, max_value=100, required=False, allow_null=True
    )


class CandidatesIn(serializers.Serializer[Any]):
    """ICE candidates that a browser found after its offer."""

    pcId = serializers.CharField(max_length=200)
    candidates = CandidateIn(many=True)

    example: ClassVar = {
        "pcId": "SmallWebRTC#0",
        "candidates": [{"candidate": "candidate:1 1 udp …", "sdpMid": "0"}],
    }


class HeartbeatIn(serializers.Serializer[Any]):
    """What a bot says every ten seconds."""

    botId = serializers.CharField(max_length=120, default="", allow_blank=True)
    botUrl = serializers.URLField(max_length=255, default="", allow_blank=True)
    calls = serializers.ListField(child=serializers.UUIDField(), max_length=10_000)
    draining = serializers.BooleanField(default=False)

    example: ClassVar = {
        "botId": "bot-1",
        "botUrl": "http://bot:8080",
        "calls": [CALL_ID],
    }


class CallFilters(ListQuery):
    """The query of a list of calls."""

    agentId = serializers.UUIDField(required=False)
    channel = serializers.ChoiceField(
        Call._meta.get_field("channel").choices or [], required=False
    )
    status = serializers.ChoiceField(Status.choices, required=False)
    failureReason = serializers.CharField(required=False, max_length=40)
    hasRecording = serializers.BooleanField(
        required=False, allow_null=True, default=None
    )
    startedFrom = serializers.DateTimeField(required=False)
    startedTo = serializers.DateTimeField(required=False)
