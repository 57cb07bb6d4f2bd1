"""Where the money went: by day, component and agent."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from calls.analytics import Spending, Spent
from console.charts.columns import Step, columns
from console.formats import inr
from console.range_filters import Days

COMPONENTS = {"llm": "LLM", "stt": "STT", "tts": "TTS", "sip": "SIP"}


@dataclass(frozen=True)
class Component:
    kind: str
    label: str
    amount: Decimal
    share: float


@dataclass(frozen=True)
class AgentRow:
    """``width`` is the share of the dearest agent's cost, for the bar."""

    pk: uuid.UUID
    name: str
    spent: Spent
    share: float
    width: float

    @property
    def per_minute(self) -> Decimal | None:
        minutes = Decimal(str(self.spent.seconds)) / 60
        return self.spent.total / minutes if minutes else None

    @property
    def minutes(self) -> float:
        return self.spent.seconds / 60


def of(spending: Spending, days: Days, names: dict[uuid.UUID, str]) -> dict[str, Any]:
    whole = spending.whole
    total = float(whole.total)
    steps = [step(spending.days.get(nth), day) for nth, day in enumerate(days.all)]
    return {
        "whole": whole,
        "components": [
            Component(kind, label, amount, float(amount) / total if total else 0)
            for kind, label in COMPONENTS.items()
            for amount in [getattr(whole, kind)]
        ],
        "drawn": columns(steps, lambda value: inr(value).removesuffix(".00")),
        "rows": [
            (day, found) for day, found in paired(spending, days) if found is not None
        ],
        "agents": agents(spending, names),
    }


def paired(spending: Spending, days: Days) -> list[tuple[Any, Spent | None]]:
    return [(day, spending.days.get(nth)) for nth, day in enumerate(days.all)]


def step(spent: Spent | None, day: Any) -> Step:
    label = f"{day.day} {day:%b}"
    values = {kind: float(getattr(spent, kind)) if spent else 0 for kind in COMPONENTS}
    total = inr(spent.total) if spent else "nothing"
    return Step(label, f"{label}: {total}", values, f"since={day}&until={day}")


def agents(spending: Spending, names: dict[uuid.UUID, str]) -> list[AgentRow]:
    """The agents with calls, the dearest first."""
    total = float(sum(spent.total for spent in spending.agents.values()))
    most = float(max((s.total for s in spending.agents.values()), default=0))
    found = [
        AgentRow(
            pk,
            names.get(pk, "–"),
            spent,
            float(spent.total) / total if total else 0,
            float(spent.total) / most * 100 if most else 0,
        )
        for pk, spent in spending.agents.items()
    ]
    return sorted(found, key=lambda row: (-row.spent.total, row.name))
