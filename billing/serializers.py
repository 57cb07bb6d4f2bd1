"""Credits and prices on the wire. Money has two decimals, unit prices all they need."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.models import EntryKind, Kind, LedgerEntry, Rate
from common.lists import ListQuery, Selectable


class BalanceOut(serializers.Serializer[Any]):
    balance = serializers.DecimalField(14, 2)
    currency = serializers.ChoiceField(["INR"])

    example: ClassVar = {"balance": "987.65", "currency": "INR"}


class TransactionsQuery(ListQuery):
    kind = serializers.ChoiceField(EntryKind.choices, required=False)
    createdFrom = serializers.DateTimeField(required=False)
    createdTo = serializers.DateTimeField(required=False)


class TransactionOut(Selectable, serializers.ModelSerializer[LedgerEntry]):  # type: ignore[misc]
    """One movement of credits; ``amount`` is negative where they were spent."""

    amount = serializers.DecimalField(14, 2)
    callId = serializers.UUIDField(source="call_id", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")

    example: ClassVar = {
        "id": "7d3a7c1e-52b4-4d7e-9a7a-2f0f4c0f7c55",
        "kind": "charge",
        "amount": "-7.35",
        "callId": "6f1c3b52-0e7d-4a51-9d0e-3f6b8f5c2a10",
        "note": "",
        "createdAt": "2026-11-24T10:01:34Z",
    }

    class Meta:
        model = LedgerEntry
        fields = ("id", "kind", "amount", "callId", "note", "createdAt")


class RatesQuery(ListQuery):
    kind = serializers.ChoiceField(Kind.choices, required=False)
    provider = serializers.CharField(max_length=40, required=False)


class RateOut(Selectable, serializers.ModelSerializer[Rate]):  # type: ignore[misc]
    """A price of one unit, INR, from a day on; model ``*`` is any of the provider."""

    unitPrice = serializers.DecimalField(
        20, 10, source="unit_price", normalize_output=True
    )
    validFrom = serializers.DateField(source="valid_from")

    example: ClassVar = {
        "id": 41,
        "kind": "stt",
        "provider": "deepgram",
        "model": "nova-3",
        "unit": "second",
        "unitPrice": "0.009776",
        "validFrom": "2026-11-01",
    }

    class Meta:
        model = Rate
        fields = ("id", "kind", "provider", "model", "unit", "unitPrice", "validFrom")
