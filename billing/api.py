"""The routes of credits and prices. What calls used and cost is in ``calls.stats_api``,
which knows calls."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from billing import credits
from billing.models import LedgerEntry, Rate
from billing.serializers import (
    BalanceOut,
    RateOut,
    RatesQuery,
    TransactionOut,
    TransactionsQuery,
)
from common.lists import Listing
from common.schema import Documented
from orgs.access import access_of, needs
from orgs.models import Scope

TRANSACTIONS = Listing(
    "transactions", TransactionOut, by="created_at", query=TransactionsQuery
)
RATES = Listing("rates", RateOut, by="valid_from", query=RatesQuery)

# Words of a query, and the conditions on columns that they stand for.
CONDITIONS = {
    "kind": "kind",
    "provider": "provider",
    "createdFrom": "created_at__gte",
    "createdTo": "created_at__lt",
}


def narrowed(rows: QuerySet[Any], wanted: dict[str, Any]) -> QuerySet[Any]:
    """``rows`` that meet every condition of ``wanted``."""
    return rows.filter(
        **{
            column: wanted[word]
            for word, column in CONDITIONS.items()
            if word in wanted
        }
    )


@Documented(BalanceOut)
@api_view(["GET"])
@permission_classes([needs(Scope.READ)])
def balance(request: Request) -> Response:
    """What the organization has left."""
    left = credits.balance(access_of(request).organization.pk)
    return Response(BalanceOut({"balance": left, "currency": "INR"}).data)


@Documented(TRANSACTIONS.page, query=TRANSACTIONS.query)
@api_view(["GET"])
@permission_classes([needs(Scope.READ)])
def transactions(request: Request) -> Response:
    """Every movement of the organization's credits, newest first."""
    wanted = TRANSACTIONS.wanted(request)
    own = LedgerEntry.objects.filter(organization=access_of(request).organization)
    return TRANSACTIONS.answer(narrowed(own, wanted), wanted)


@Documented(RATES.page, query=RATES.query)
@api_view(["GET"])
@permission_classes([needs(Scope.READ, Scope.VOICE, Scope.CHAT, Scope.MANAGE)])
def rates(request: Request) -> Response:
    """The price book, the newest prices first."""
    wanted = RATES.wanted(request)
    return RATES.answer(narrowed(Rate.objects.all(), wanted), wanted)
