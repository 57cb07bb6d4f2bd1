"""The price book is complete, sourced and dated, and loading it changes nothing."""

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Kind, Rate, Unit
from billing.rates import BOOK, PriceList, load_book

RATES: list[dict[str, Any]] = tomllib.loads(BOOK.read_text())["rate"]
UNITS = {
    Kind.LLM: {Unit.INPUT_TOKEN, Unit.CACHED_TOKEN, Unit.OUTPUT_TOKEN},
    Kind.STT: {Unit.SECOND},
    Kind.TTS: {Unit.CHARACTER},
    Kind.SIP: {Unit.MINUTE},
}


@pytest.mark.parametrize("rate", RATES, ids=lambda r: f"{r['model']}-{r['unit']}")
def test_each_price_says_what_for_from_where_and_when(rate: dict[str, Any]) -> None:
    assert Unit(rate["unit"]) in UNITS[Kind(rate["kind"])]
    assert Decimal(rate["price"]) >= 0
    assert rate["per"] > 0
    assert rate["currency"] in ("USD", "INR")
    assert rate["valid_from"] == date(2026, 1, 1)
    if rate["provider"] != "offline":
        assert rate["source"].startswith("https://")
        assert rate["read_on"] <= date(2026, 11, 24)
        assert Decimal(rate["price"]) > 0


def test_no_price_stands_twice() -> None:
    keys = [(r["kind"], r["provider"], r["model"], r["unit"]) for r in RATES]

    assert len(keys) == len(set(keys))


def test_a_model_has_a_price_for_what_goes_in_and_what_comes_out() -> None:
    units: dict[tuple[str, str], set[str]] = {}
    for rate in RATES:
        if rate["kind"] == "llm":
            key = (rate["provider"], rate["model"])
            units.setdefault(key, set()).add(rate["unit"])

    for found in units.values():
        assert {"input_token", "output_token"} <= found


def test_loading_it_twice_adds_nothing_and_changes_nothing(db: None) -> None:
    assert load_book() == len(RATES)
    Rate.objects.filter(model="nova-3").update(price="9")

    assert load_book() == 0
    assert Rate.objects.get(model="nova-3").price == Decimal(9)


def test_a_unit_costs_its_share_of_the_quote_in_rupees_with_the_margin(
    db: None,
) -> None:
    load_book()

    # $0.40 for a million tokens, at ₹94 and 30 %.
    rate = Rate.objects.get(model="gpt-4.1-mini", unit="input_token")
    assert rate.unit_price == Decimal("0.0000488800")


def test_the_newest_price_of_the_day_holds_and_any_model_is_the_last_resort(
    db: None,
) -> None:
    load_book()
    newer = Rate.objects.get(model="nova-3")
    newer.pk, newer.valid_from = None, date(2026, 6, 1)
    newer.save()

    def find(model: str, day: date) -> Rate | None:
        return PriceList(["deepgram"], day).find("stt", "deepgram", model, "second")

    assert find("nova-3", date(2026, 7, 1)) == newer
    before = find("nova-3", date(2026, 5, 31))
    assert before is not None
    assert before.valid_from == date(2026, 1, 1)
    assert find("nova-3", date(2025, 12, 31)) is None
    assert find("unheard-of", date(2026, 7, 1)) is None
    sarvam = PriceList(["sarvam"], date(2026, 7, 1))
    any_model = sarvam.find("stt", "sarvam", "saaras:v4", "second")
    assert any_model is not None
    assert any_model.model == "*"


def test_a_cached_token_without_a_price_costs_what_an_uncached_one_does(
    db: None,
) -> None:
    load_book()
    found = PriceList(["groq"], date(2026, 7, 1)).find(
        "llm", "groq", "llama-3.1-8b-instant", "cached_token"
    )

    assert found is not None
    assert found.unit == "input_token"
