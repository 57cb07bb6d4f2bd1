"""Latencies by group and day."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from calls.latency_series import Series
from console.charts.curves import Curves, Line, curves
from console.formats import ms
from console.range_filters import Days

# More curves than this cannot be told apart.
MOST_CURVES = 6
MEASURES = {
    "all": "From the caller's last sound to the agent's first, mean of each call",
    "agent": "From the caller's last sound to the agent's first, mean of each call",
    "llm": "The model's time to its first token, mean of each call",
    "stt": "The recognition's time to its text, mean of each call",
    "tts": "The voice's time to its first byte, mean of each call",
}


@dataclass(frozen=True)
class Group:
    """``kind`` is the class of its curve; empty where it has none."""

    series: Series
    kind: str


def named(found: list[Series], by: str, names: dict[uuid.UUID, str]) -> list[Series]:
    """The groups under names for people."""
    if by == "agent":
        return [replace(s, name=names.get(uuid.UUID(s.name), "–")) for s in found]
    if by == "all":
        return [replace(s, name="All calls") for s in found]
    return [replace(s, name=s.name or "not reported") for s in found]


def rows(found: Sequence[Series]) -> list[Group]:
    return [
        Group(each, f"curve-{nth}" if nth < MOST_CURVES else "")
        for nth, each in enumerate(found)
    ]


def lines(found: Sequence[Series], figure: str, days: Days) -> list[Line]:
    """One figure of each group by day; of a single group all three figures."""
    if len(found) == 1:
        wanted = [(name, name, found[0], name) for name in ("p50", "p95", "p99")]
    else:
        wanted = [
            (f"curve-{nth}", each.name, each, figure)
            for nth, each in enumerate(found[:MOST_CURVES])
        ]
    return [
        Line(kind, label, values(each, name, len(days)))
        for kind, label, each, name in wanted
    ]


def chart(drawn: Sequence[Line], days: Days) -> Curves:
    labels = [f"{day.day} {day:%b}" for day in days.all]
    return curves(drawn, labels, ms)


def values(each: Series, figure: str, days: int) -> list[float | None]:
    return [
        getattr(each.days[nth], figure) if nth in each.days else None
        for nth in range(days)
    ]


def by_day(drawn: Sequence[Line], days: Days) -> list[tuple[Any, list[float | None]]]:
    """The chart as a table: each day that has a value."""
    table = [
        (day, [line.values[nth] for line in drawn]) for nth, day in enumerate(days.all)
    ]
    return [row for row in table if any(value is not None for value in row[1])]
