"""Completing a call as a Django project commonly does it, to measure against: nested
serializers, objects saved one by one, and the account locked while it is changed.

It keeps what ``POST /api/calls/:id/complete`` keeps. Also a view that answers without
touching the database, and the routes of them all.
"""

import uuid
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import include, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.request import Request
from rest_framework.response import Response

from agents.models import Agent
from billing.models import Account, LedgerEntry, Rate
from calls.metrics import COLUMNS
from calls.models import Call, CostLine
from calls.slots import gate, slot_of
from common.api import IsInternal
from webhooks.models import Endpoint, Event

# Component, unit, and the metric that says how many.
PAID = (
    ("llm", "input_token", "totalPromptTokens"),
    ("llm", "output_token", "totalCompletionTokens"),
    ("stt", "second", "sttSeconds"),
    ("tts", "character", "totalTtsCharacters"),
)


class LineIn(serializers.Serializer[Any]):
    role = serializers.CharField()
    text = serializers.CharField()
    at = serializers.FloatField()
    until = serializers.FloatField()


class EventIn(serializers.Serializer[Any]):
    type = serializers.CharField()
    service = serializers.CharField()
    processor = serializers.CharField()
    model = serializers.CharField()
    value = serializers.FloatField()
    at = serializers.FloatField()
    turn = serializers.IntegerField()


class MetricsIn(serializers.Serializer[Any]):
    turns = serializers.IntegerField()
    interruptions = serializers.IntegerField()
    avgLatency = serializers.FloatField()
    totalPromptTokens = serializers.IntegerField()
    totalCompletionTokens = serializers.IntegerField()
    totalTtsCharacters = serializers.IntegerField()
    events = EventIn(many=True)


class UsageIn(serializers.Serializer[Any]):
    sttSeconds = serializers.FloatField()


class ReportIn(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["completed", "failed"])
    endedAt = serializers.DateTimeField()
    durationSecs = serializers.FloatField()
    endReason = serializers.CharField()
    transcript = LineIn(many=True)
    metrics = MetricsIn()
    usage = UsageIn()


class AgentOut(serializers.ModelSerializer[Agent]):
    class Meta:
        model = Agent
        fields: ClassVar = ["id", "name"]


class CostLineOut(serializers.ModelSerializer[CostLine]):
    class Meta:
        model = CostLine
        exclude: ClassVar = ["call"]


class CallOut(serializers.ModelSerializer[Call]):
    agent = AgentOut()
    cost_lines = CostLineOut(many=True)

    class Meta:
        model = Call
        fields = "__all__"


@api_view(["POST"])
@authentication_classes([])
@permission_classes([IsInternal])
def complete(request: Request, call_id: uuid.UUID) -> Response:
    body = ReportIn(data=request.data)
    body.is_valid(raise_exception=True)
    with transaction.atomic():
        call = get_object_or_404(Call.objects.select_for_update(), pk=call_id)
        if call.reported_at is None:
            keep(call, body.validated_data)
            charge(call, add_lines(call, body.validated_data))
            tell(call)
    gate.release([slot_of(call)])
    return Response(CallOut(call).data)


def keep(call: Call, report: dict[str, Any]) -> None:
    call.status = report["status"]
    call.end_reason = report["endReason"]
    call.ended_at = max(report["endedAt"], call.started_at)
    call.duration_secs = report["durationSecs"]
    call.reported_at = timezone.now()
    call.metrics = report["metrics"]
    call.transcript = report["transcript"]
    call.stt_seconds = report["usage"]["sttSeconds"]
    for key, column in COLUMNS.items():
        setattr(call, column, report["metrics"].get(key))
    for kind in ("llm", "stt", "tts"):
        config = call.agent_config
        engine = f"{config[f'{kind}Provider']}/{config[f'{kind}Model']}"
        setattr(call, f"{kind}_engine", engine)
    call.save()


def add_lines(call: Call, report: dict[str, Any]) -> Decimal:
    used = report["metrics"] | report["usage"]
    sums: dict[str, Decimal] = {}
    for component, unit, metric in PAID:
        provider = call.agent_config[f"{component}Provider"]
        model = call.agent_config[f"{component}Model"]
        rates = Rate.objects.filter(
            kind=component, provider=provider, model=model, unit=unit
        )
        rate = rates.filter(valid_from__lte=call.started_at).latest("valid_from")
        if rate.used_at is None:
            rate.used_at = timezone.now()
            rate.save()
        line = CostLine(call=call, component=component, provider=provider, model=model)
        line.unit, line.rate, line.unit_price = unit, rate, rate.unit_price
        line.quantity = Decimal(str(used[metric]))
        line.amount = line.quantity * line.unit_price
        line.save()
        sums[component] = sums.get(component, Decimal(0)) + line.amount
    total = Decimal(0)
    for component, exact in sums.items():
        rounded = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        setattr(call, f"cost_{component}", rounded)
        total += rounded
    call.cost_total = total
    return total


def charge(call: Call, amount: Decimal) -> None:
    account = Account.objects.select_for_update().get(organization=call.organization)
    account.balance -= amount
    account.save()
    LedgerEntry.objects.create(
        organization=call.organization,
        kind="charge",
        amount=-amount,
        call_id=call.pk,
        created_at=timezone.now(),
    )
    call.billing_status = "charged" if account.balance >= 0 else "failed"
    call.save()


def tell(call: Call) -> None:
    wanted = f"call.{call.status}"
    for endpoint in Endpoint.objects.filter(
        organization=call.organization, is_active=True, events__contains=[wanted]
    ):
        event = Event.objects.create(
            organization=call.organization,
            type=wanted,
            call_id=call.pk,
            transition="end",
            payload=CallOut(call).data,
            created_at=timezone.now(),
        )
        event.deliveries.create(endpoint=endpoint, created_at=event.created_at)


@api_view(["POST"])
@authentication_classes([])
@permission_classes([IsInternal])
def constant(request: Request, call_id: uuid.UUID) -> Response:
    return Response({"id": call_id, "read": len(request.data)})


urlpatterns = [
    path("plain/<uuid:call_id>", complete),
    path("constant/<uuid:call_id>", constant),
    path("", include("osmtalk.urls")),
]
