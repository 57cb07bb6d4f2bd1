"""The price book: which price holds for what, and when."""

import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing.models import Rate, Unit

ANY_MODEL = "*"
BOOK = Path(__file__).parent / "price_book.toml"

# A cached token without a price of its own costs what an uncached one costs.
STANDS_IN = {Unit.CACHED_TOKEN.value: Unit.INPUT_TOKEN.value}

VALID = """
SELECT * FROM billing_rate
WHERE provider = ANY(%s) AND valid_from <= %s ORDER BY valid_from
"""
# A part of a statement: from now on these rates are never changed, which the database
# sees to.
MARK_USED = """
used AS (
    UPDATE billing_rate SET used_at = now()
    WHERE id = ANY(%(used_rates)s::bigint[]) AND used_at IS NULL
)
"""


class PriceList:
    """The rates of some providers on one day, looked up without further queries."""

    def __init__(self, providers: Iterable[str], on: date) -> None:
        self.rates: dict[tuple[str, str, str, str], Rate] = {}
        for rate in Rate.objects.raw(VALID, [sorted(set(providers)), on]):
            self.rates[rate.kind, rate.provider, rate.model, rate.unit] = rate

    def find(self, kind: str, provider: str, model: str, unit: str) -> Rate | None:
        """The newest rate of the model, else that of any model of the provider."""
        for name in (unit, STANDS_IN.get(unit)):
            for wanted in (model, ANY_MODEL):
                if name and (rate := self.rates.get((kind, provider, wanted, name))):
                    return rate
        return None


def load_book(path: Path = BOOK) -> int:
    """Add the rates of a price book that are not there yet; answers how many."""
    book = tomllib.loads(path.read_text(), parse_float=Decimal)
    fx = {"INR": Decimal(1)} | {
        currency: Decimal(str(value)) for currency, value in book["fx"].items()
    }
    margin = Decimal(str(book["margin"]))
    before = Rate.objects.count()
    Rate.objects.bulk_create(
        (
            Rate(fx=fx[row["currency"]], margin=margin, **columns(row))
            for row in book["rate"]
        ),
        ignore_conflicts=True,
    )
    return Rate.objects.count() - before


def columns(row: dict[str, Any]) -> dict[str, Any]:
    """The columns of one entry of the book."""
    names = ("kind", "provider", "model", "unit", "per", "currency", "valid_from")
    return {name: row[name] for name in names} | {
        "price": Decimal(str(row["price"])),
        "source": row.get("source", ""),
        "read_on": row.get("read_on"),
    }
