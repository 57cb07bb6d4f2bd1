"""How figures are written for people. Pure, so that pages and charts agree."""

import math
from decimal import ROUND_HALF_UP, Decimal

NOTHING = "–"
PAISA = Decimal("0.01")


def inr(amount: Decimal | float | None) -> str:
    """Rupees with Indian grouping: ₹12,34,567.80."""
    if amount is None:
        return NOTHING
    exact = Decimal(str(amount)).quantize(PAISA, ROUND_HALF_UP)
    whole, _, paise = f"{abs(exact):f}".partition(".")
    return f"{'−' if exact < 0 else ''}₹{group(whole)}.{paise}"


def group(digits: str) -> str:
    """Thousands, then pairs: 12,34,567."""
    head, tail = digits[:-3], digits[-3:]
    pairs = []
    while head:
        pairs.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(pairs), tail])


def unit_price(price: Decimal | None) -> str:
    """The price of one unit, with as many decimals as it has (at least two)."""
    if price is None:
        return NOTHING
    digits = f"{price:.10f}".rstrip("0")
    whole, _, rest = digits.partition(".")
    return f"₹{group(whole)}.{rest.ljust(2, '0')}"


def quantity(amount: Decimal | float | None) -> str:
    """A count or an amount, without needless decimals: 1,240 or 93.4."""
    if amount is None:
        return NOTHING
    whole, _, rest = f"{abs(Decimal(str(amount))):.3f}".partition(".")
    sign = "−" if amount < 0 else ""
    rest = rest.rstrip("0")
    return sign + group(whole) + (f".{rest}" if rest else "")


def duration(secs: float | None) -> str:
    """``42s``, ``1m 42s``, ``1h 02m``."""
    if secs is None:
        return NOTHING
    if 0 < secs < 1:
        return "<1s"
    minutes, seconds = divmod(round(secs), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m {seconds:02}s" if minutes else f"{seconds}s"


def clock(secs: float | None) -> str:
    """A place in a call: ``0:07``, ``12:34``, ``1:02:03``."""
    if secs is None:
        return NOTHING
    minutes, seconds = divmod(int(secs), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


def ms(secs: float | None) -> str:
    """A latency, which is seconds on the wire, in milliseconds."""
    if secs is None:
        return NOTHING
    return f"{group(str(round(secs * 1000)))} ms"


def percent(share: float | None) -> str:
    """A share of one: 0.123 is 12.3 %."""
    if share is None:
        return NOTHING
    value = share * 100
    return f"{value:.0f} %" if value == round(value) else f"{value:.1f} %"


def rare_percent(share: float) -> str:
    """A share that may be very small, but not nothing: 0.00004 is < 0.01 %."""
    if 0 < share < 0.0001:
        return "< 0.01 %"
    return f"{share * 100:.2f} %" if 0 < share < 0.01 else percent(share)


def rare(count: float) -> str:
    """How often something is expected: 12.3, or less than once in a while."""
    if 0 < count < 0.1:
        return "< 0.1"
    return quantity(round(count, 1))


def uptime(share: float) -> str:
    """The part of checks that passed; never 100 % when one did not."""
    shown = f"{math.floor(share * 10_000) / 100:.2f}"
    return "100 %" if share == 1 else f"{shown} %"


def size(count: int | None) -> str:
    if count is None:
        return NOTHING
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
