"""What a call costs: pure arithmetic on usage and prices, in decimals throughout."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

PAISA = Decimal("0.01")
QUANTUM = Decimal("0.000001")
LLM, STT, TTS, SIP = COMPONENTS = ("llm", "stt", "tts", "sip")

PHONE = "phone"
# Which components each channel pays. Text has a model alone; only phone has a carrier.
PAYS = {
    PHONE: frozenset(COMPONENTS),
    "web": frozenset((LLM, STT, TTS)),
    "whatsapp_call": frozenset((LLM, STT, TTS)),
    "chat": frozenset((LLM,)),
    "whatsapp_message": frozenset((LLM,)),
}


@dataclass(frozen=True)
class Engine:
    """Who served a component: the key to its prices."""

    provider: str
    model: str


@dataclass(frozen=True)
class Usage:
    """What a call used, and whose. ``engines`` is by component."""

    channel: str
    engines: dict[str, Engine]
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    stt_seconds: float = 0
    tts_characters: int = 0
    duration_secs: float = 0


@dataclass(frozen=True)
class Price:
    """INR for one unit, and the rate that says so."""

    rate_id: int
    unit_price: Decimal


@dataclass(frozen=True)
class Line:
    """One kind of use. Without a price it is unpriced, and its amount 0."""

    component: str
    engine: Engine
    unit: str
    quantity: Decimal
    price: Price | None

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price.unit_price if self.price else Decimal(0)


@dataclass(frozen=True)
class Costs:
    lines: tuple[Line, ...]

    def component(self, name: str) -> Decimal:
        """The sum of a component's lines, rounded half-up to the paisa."""
        exact = sum(line.amount for line in self.lines if line.component == name)
        return Decimal(exact).quantize(PAISA, ROUND_HALF_UP)

    @property
    def total(self) -> Decimal:
        """The sum of what is shown, so that the page adds up."""
        return sum((self.component(name) for name in COMPONENTS), Decimal(0))

    @property
    def is_unpriced(self) -> bool:
        return any(line.price is None for line in self.lines)


FindPrice = Callable[[str, Engine, str], Price | None]


def price(usage: Usage, find: FindPrice) -> Costs:
    """The costs of ``usage``. ``find`` gives the price of (component, engine, unit)."""
    lines = []
    for component, unit, amount in quantities(usage):
        quantity = Decimal(str(amount)).quantize(QUANTUM, ROUND_HALF_UP)
        if not quantity or component not in PAYS[usage.channel]:
            continue
        engine = usage.engines[component]
        found = find(component, engine, unit)
        lines.append(Line(component, engine, unit, quantity, found))
    return Costs(tuple(lines))


def quantities(usage: Usage) -> Iterable[tuple[str, str, float]]:
    """(component, unit, how many) of everything that may be paid for.

    Prompt tokens that the provider had cached are billed apart, so they are taken out
    of the others.
    """
    cached = min(usage.cached_tokens, usage.prompt_tokens)
    yield LLM, "input_token", usage.prompt_tokens - cached
    yield LLM, "cached_token", cached
    yield LLM, "output_token", usage.completion_tokens
    yield STT, "second", usage.stt_seconds
    yield TTS, "character", usage.tts_characters
    yield SIP, "minute", usage.duration_secs / 60
