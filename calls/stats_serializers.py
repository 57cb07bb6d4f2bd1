"""Figures over many calls on the wire, and the range of time they are asked for."""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from agents.examples import AGENT_ID
from calls import examples
from calls.models import Call
from calls.serializers import money
from common.lists import Selectable

USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)


class StatsQuery(serializers.Serializer[Any]):
    """From when until when; the last 30 days if neither is said."""

    startedFrom = serializers.DateTimeField(
        required=False, help_text="Calls that started then or later."
    )
    startedTo = serializers.DateTimeField(
        required=False, help_text="Calls that started before then."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            until = attrs.get("startedTo") or timezone.now()
            since = attrs.get("startedFrom") or until - USUAL
            is_fine = timedelta(0) < until - since <= LONGEST
        except OverflowError:
            is_fine = False
        if not is_fine:
            message = (
                f"It takes a range that ends later, of at most {LONGEST.days} days."
            )
            raise serializers.ValidationError({"startedFrom": [message]})
        return {"startedFrom": since, "startedTo": until}


class StatsOut(serializers.Serializer[Any]):
    """Money is INR with two decimals, latencies are seconds."""

    startedFrom = serializers.DateTimeField(source="since")
    startedTo = serializers.DateTimeField(source="until")
    calls = serializers.IntegerField(source="stats.calls")
    completed = serializers.IntegerField(source="stats.completed")
    failed = serializers.IntegerField(source="stats.failed")
    minutes = serializers.FloatField(source="stats.minutes")
    costLlm = money("stats.costs.llm")
    costStt = money("stats.costs.stt")
    costTts = money("stats.costs.tts")
    costSip = money("stats.costs.sip")
    costTotal = money("stats.costs.total")
    latencyP50 = serializers.FloatField(source="stats.latency_p50", allow_null=True)
    latencyP95 = serializers.FloatField(source="stats.latency_p95", allow_null=True)


class AgentStatsOut(StatsOut):
    agentId = serializers.UUIDField(source="agent_id")

    example: ClassVar = {**examples.STATS, "agentId": AGENT_ID}


class DashboardOut(StatsOut):
    agents = serializers.IntegerField()
    activeCalls = serializers.IntegerField(source="active_calls")

    example: ClassVar = {**examples.STATS, "agents": 3, "activeCalls": 2}


class UsageOut(Selectable, serializers.ModelSerializer[Call]):  # type: ignore[misc]
    """What a call used and what that cost."""

    callId = serializers.UUIDField(source="pk")
    agentId = serializers.UUIDField(source="agent_id")
    agentName = serializers.CharField(source="agent.name")
    startedAt = serializers.DateTimeField(source="started_at")
    durationSeconds = serializers.FloatField(source="duration_secs", allow_null=True)
    totalTokens = serializers.IntegerField(source="total_tokens", allow_null=True)
    costLlm = money("cost_llm")
    costStt = money("cost_stt")
    costTts = money("cost_tts")
    costSip = money("cost_sip")
    costTotal = money("cost_total")
    isUnpriced = serializers.BooleanField(source="is_unpriced")
    billingStatus = serializers.CharField(source="billing_status")

    example: ClassVar = examples.USAGE

    class Meta:
        model = Call
        fields = (
            "callId",
            "agentId",
            "agentName",
            "channel",
            "startedAt",
            "durationSeconds",
            "totalTokens",
            "costLlm",
            "costStt",
            "costTts",
            "costSip",
            "costTotal",
            "isUnpriced",
            "billingStatus",
        )
