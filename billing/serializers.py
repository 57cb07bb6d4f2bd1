"""Credits and prices on the wire. Money has two decimals, unit prices all they need."""

from typing import Any

from rest_framework import serializers

from billing.models import EntryKind, Kind, LedgerEntry, Rate
from common.lists import ListQuery, Selectable


class BalanceOut(serializers.Serializer[Any]):
    balance = serializers.DecimalField(14, 2)
    currency = serializers.ChoiceField(["INR"])


class TransactionsQuery(ListQuery):
    kind = serializers.ChoiceField(EntryKind.choices, required=False)
    createdFrom = serializers.DateTimeField(required=False)
    createdTo = serializers.DateTimeField(required=False)


class TransactionOut(Selectable, serializers.ModelSerializer[LedgerEntry]):  # type: ignore[misc]
    """One movement of credits; ``amount`` is negative where they were spent."""

    amount = serializers.DecimalField(14, 2)
    callId = serializers.UUIDField(source="call_id", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")

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

    class Meta:
        model = Rate
        fields = ("id", "kind", "provider", "model", "unit", "unitPrice", "validFrom")
