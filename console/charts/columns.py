"""Stacked columns over days or other steps, as numbers for an SVG. Pure.

The plot is ``WIDTH`` by ``HEIGHT`` whatever its content; the page stretches it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1000.0, 150.0
GAP = 0.22
MOST_LABELS = 8

Write = Callable[[float], str]


@dataclass(frozen=True)
class Part:
    """A piece of a column; ``kind`` is the class that colours it."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    x: float
    width: float
    label: str
    title: str
    url: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Mark:
    """A label of an axis, ``at`` percent of its width or pixels of its height."""

    at: float
    label: str


@dataclass(frozen=True)
class Columns:
    columns: tuple[Column, ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    slot: float


@dataclass(frozen=True)
class Step:
    """One step of the axis: the value of each kind, from the bottom up."""

    label: str
    title: str
    values: dict[str, float]
    url: str = ""


def columns(steps: Sequence[Step], write: Write | None = None) -> Columns:
    """``write`` is how a value of the axis is written; whole numbers if it is not
    given."""
    most = max((sum(step.values.values()) for step in steps), default=0)
    top = nice(most) if write else nice_count(most)
    slot = WIDTH / max(len(steps), 1)
    drawn = [
        column(step, nth * slot, slot, HEIGHT / top) for nth, step in enumerate(steps)
    ]
    return Columns(
        tuple(drawn),
        across([step.label for step in steps]),
        up(top, write or whole),
        slot,
    )


def column(step: Step, x: float, slot: float, scale: float) -> Column:
    parts, reached = [], HEIGHT
    for kind, value in step.values.items():
        height = value * scale
        if value:
            reached -= height
            parts.append(Part(kind, round(reached, 2), round(height, 2)))
    gap = slot * GAP / 2
    return Column(
        round(x + gap, 2),
        round(slot - 2 * gap, 2),
        step.label,
        step.title,
        step.url,
        tuple(parts),
    )


def across(labels: Sequence[str]) -> tuple[Mark, ...]:
    """Labels under the steps, as many as there is room for."""
    every = -(-len(labels) // MOST_LABELS) or 1
    return tuple(
        Mark(round((nth + 0.5) / len(labels) * 100, 2), label)
        for nth, label in enumerate(labels)
        if nth % every == 0
    )


def up(top: float, write: Write) -> tuple[Mark, ...]:
    """The top of the axis and its middle."""
    return tuple(
        Mark(round(HEIGHT * (1 - share), 1), write(top * share)) for share in (1, 0.5)
    )


def nice(value: float) -> float:
    """A round number at or above ``value``; 1 for nothing."""
    if value <= 0:
        return 1.0
    power: float = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    steps = (1, 2, 2.5, 4, 5, 8, 10)
    return next(power * step for step in steps if power * step >= value)


def nice_count(value: float) -> float:
    """The same for things that are counted: half of it is a whole number too."""
    top = nice(value)
    return top if top % 2 == 0 else nice(top + 1)


def whole(value: float) -> str:
    return f"{value:,.0f}"
