"""Curves over days, as paths for an SVG. Pure; a day without a value leaves a gap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.charts.columns import HEIGHT, WIDTH, Mark, across, nice, up


@dataclass(frozen=True)
class Curve:
    """``kind`` is the class that colours it."""

    kind: str
    label: str
    path: str


@dataclass(frozen=True)
class Curves:
    curves: tuple[Curve, ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]


@dataclass(frozen=True)
class Line:
    """A curve to draw: a value, or ``None``, for each step."""

    kind: str
    label: str
    values: Sequence[float | None]


def curves(
    lines: Sequence[Line], labels: Sequence[str], write: Callable[[float], str]
) -> Curves:
    known = [value for line in lines for value in line.values if value is not None]
    top = nice(max(known, default=0))
    return Curves(
        tuple(Curve(line.kind, line.label, path(line.values, top)) for line in lines),
        across(labels),
        up(top, write),
    )


def path(values: Sequence[float | None], top: float) -> str:
    """The curve's path; a value alone between gaps is a short dash."""
    slot = WIDTH / max(len(values), 1)
    drawn, before = [], False
    for nth, value in enumerate(values):
        if value is None:
            before = False
            continue
        x, y = (nth + 0.5) * slot, HEIGHT * (1 - value / top)
        after = nth + 1 < len(values) and values[nth + 1] is not None
        if before or after:
            drawn.append(f"{'L' if before else 'M'}{x:.1f} {y:.1f}")
        else:
            half = min(slot / 4, 6)
            drawn.append(f"M{x - half:.1f} {y:.1f}h{2 * half:.1f}")
        before = True
    return "".join(drawn)
