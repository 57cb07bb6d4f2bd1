"""Programs read credits and prices."""

from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from billing import credits
from billing.models import EntryKind, LedgerEntry, Rate
from conftest import top_up
from orgs.models import Organization


def test_the_balance_is_ones_own(
    api: APIClient, strange_api: APIClient, organization: Organization
) -> None:
    top_up(organization, "234.50")

    assert api.get("/api/billing/balance").json() == {
        "balance": "1234.50",
        "currency": "INR",
    }
    assert strange_api.get("/api/billing/balance").json()["balance"] == "1000.00"


def test_transactions_are_the_ledger_the_newest_first(
    api: APIClient, organization: Organization
) -> None:
    credits.add_entry(
        organization.pk,
        kind=EntryKind.CORRECTION,
        amount=Decimal("-12.30"),
        note="Counted twice",
    )

    body = api.get("/api/billing/transactions").json()

    assert [row["amount"] for row in body["transactions"]] == ["-12.30", "1000.00"]
    newest = LedgerEntry.objects.first()
    assert newest
    assert body["transactions"][0] == {
        "id": str(newest.pk),
        "kind": "correction",
        "amount": "-12.30",
        "callId": None,
        "note": "Counted twice",
        "createdAt": newest.created_at.isoformat().replace("+00:00", "Z"),
    }
    top_ups = api.get("/api/billing/transactions?kind=top_up&fields=amount").json()
    assert top_ups == {"transactions": [{"amount": "1000.00"}], "nextCursor": None}


def test_anothers_transactions_are_not_there(
    strange_api: APIClient, organization: Organization
) -> None:
    rows = strange_api.get("/api/billing/transactions").json()["transactions"]

    assert len(rows) == 1  # their own top-up


def test_rates_have_the_price_of_one_unit(api: APIClient, rates: list[Rate]) -> None:
    body = api.get("/api/rates?kind=sip").json()

    assert body == {
        "rates": [
            {
                "id": rates[-1].pk,
                "kind": "sip",
                "provider": "plivo",
                "model": "*",
                "unit": "minute",
                "unitPrice": "1",
                "validFrom": "2026-01-01",
            }
        ],
        "nextCursor": None,
    }


def test_rates_are_paged_by_their_day(api: APIClient, rates: list[Rate]) -> None:
    found: list[int] = []
    url: str | None = "/api/rates?limit=4&fields=id"
    while url:
        body = api.get(url).json()
        found += [row["id"] for row in body["rates"]]
        cursor = body["nextCursor"]
        url = cursor and f"/api/rates?limit=4&fields=id&cursor={cursor}"

    assert found == sorted((rate.pk for rate in rates), reverse=True)


@pytest.mark.parametrize(
    "cursor", ["x", "WyJub25lIiwgMV0", "bm9uc2Vuc2U", "W10", "WzEsMl0", "\x00"]
)
@pytest.mark.parametrize("path", ["rates", "billing/transactions", "calls", "agents"])
def test_a_cursor_of_something_else_is_invalid(
    api: APIClient, path: str, cursor: str
) -> None:
    response = api.get(f"/api/{path}", {"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (400, "invalid")


def test_a_cursor_of_another_list_is_invalid(
    api: APIClient, rates: list[Rate], organization: Organization
) -> None:
    top_up(organization, "1.00")
    cursor = api.get("/api/billing/transactions?limit=1").json()["nextCursor"]

    assert api.get("/api/rates", {"cursor": cursor}).status_code == 400
