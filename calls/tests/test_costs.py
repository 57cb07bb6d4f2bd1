"""What a call costs, to the paisa."""

from decimal import Decimal

import pytest

from calls.costs import Engine, Price, Usage, price

ENGINES = {
    "llm": Engine("openai", "gpt-4.1-mini"),
    "stt": Engine("deepgram", "nova-3"),
    "tts": Engine("deepgram", "aura-2"),
    "sip": Engine("plivo", "outbound"),
}
PRICES = {
    "input_token": "0.00004",
    "cached_token": "0.00001",
    "output_token": "0.00016",
    "second": "0.01",
    "character": "0.003",
    "minute": "1",
}


def find(component: str, engine: Engine, unit: str) -> Price:
    return Price(rate_id=1, unit_price=Decimal(PRICES[unit]))


def usage(channel: str = "phone", **changes: float) -> Usage:
    used = {
        "prompt_tokens": 1240,
        "completion_tokens": 380,
        "stt_seconds": 93.4,
        "tts_characters": 2104,
        "duration_secs": 93.4,
    }
    return Usage(channel=channel, engines=ENGINES, **(used | changes))  # type: ignore[arg-type]


def test_a_phone_call_pays_for_everything() -> None:
    costs = price(usage(), find)

    # 1240 × 0.00004 + 380 × 0.00016 = 0.1104
    assert costs.component("llm") == Decimal("0.11")
    assert costs.component("stt") == Decimal("0.93")
    assert costs.component("tts") == Decimal("6.31")
    assert costs.component("sip") == Decimal("1.56")
    assert costs.total == Decimal("8.91")


@pytest.mark.parametrize(
    ("channel", "components"),
    [
        ("phone", {"llm", "stt", "tts", "sip"}),
        ("web", {"llm", "stt", "tts"}),
        ("whatsapp_call", {"llm", "stt", "tts"}),
        ("chat", {"llm"}),
        ("whatsapp_message", {"llm"}),
    ],
)
def test_each_channel_pays_for_what_it_uses(channel: str, components: set[str]) -> None:
    lines = price(usage(channel), find).lines

    assert {line.component for line in lines} == components


def test_half_a_paisa_is_rounded_up() -> None:
    # 1.5 s at ₹0.01 is 1.5 paise.
    costs = price(usage("web", stt_seconds=1.5), find)

    assert costs.component("stt") == Decimal("0.02")


def test_the_total_is_the_sum_of_what_is_shown() -> None:
    # 0.004 + 0.004 + 0.006 would be 0.01 together; shown are 0.00, 0.00 and 0.01.
    costs = price(
        usage(
            "web",
            prompt_tokens=100,
            completion_tokens=0,
            stt_seconds=0.4,
            tts_characters=2,
        ),
        find,
    )

    assert costs.component("llm") == costs.component("stt") == Decimal("0.00")
    assert costs.total == costs.component("tts") == Decimal("0.01")


def test_cached_tokens_are_taken_out_of_the_others_and_priced_apart() -> None:
    lines = {
        line.unit: line for line in price(usage("chat", cached_tokens=1000), find).lines
    }

    assert lines["input_token"].quantity == 240
    assert lines["cached_token"].quantity == 1000
    assert lines["cached_token"].amount == Decimal("0.01")


def test_use_without_a_rate_is_unpriced_and_never_a_silent_zero() -> None:
    def find_all_but_tts(component: str, engine: Engine, unit: str) -> Price | None:
        return None if component == "tts" else find(component, engine, unit)

    costs = price(usage(), find_all_but_tts)

    assert costs.is_unpriced
    assert costs.total == Decimal("2.60")
    (line,) = [line for line in costs.lines if line.component == "tts"]
    assert (line.price, line.quantity) == (None, Decimal(2104))


def test_what_was_not_used_has_no_line() -> None:
    costs = price(usage("web", tts_characters=0, stt_seconds=0), find)

    assert {line.component for line in costs.lines} == {"llm"}


def test_amounts_stay_exact_where_floats_would_not() -> None:
    costs = price(usage("web", stt_seconds=0.1 + 0.2), find)

    (line,) = [line for line in costs.lines if line.component == "stt"]
    assert line.quantity == Decimal("0.300000")
