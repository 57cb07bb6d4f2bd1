"""How full it was, step by step, as numbers for one SVG. Pure.

The chart is ``WIDTH`` wide and ``HEIGHT`` high; the page stretches it. The lowest lane
is for refusals, so that they are seen however few calls there were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 1000.0, 120.0
LANE = 8.0
FLOOR = HEIGHT - LANE
# Of the room above the floor, what the highest bar or the limit takes.
FULL = 0.92
GAP = 0.15
LABELS = 5


@dataclass(frozen=True)
class Bar:
    """One step: the most calls at once in it, and the starts refused in it."""

    start: datetime
    calls: int
    free: int
    refused: int
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True)
class Occupancy:
    """``limit_y`` is where the line of the limit goes; ``times`` stand below, evenly
    spread from edge to edge."""

    bars: tuple[Bar, ...]
    limit: int
    limit_y: float
    times: tuple[datetime, ...]
    step: timedelta

    @property
    def is_empty(self) -> bool:
        return not any(bar.calls or bar.refused for bar in self.bars)

    @property
    def highest(self) -> Bar:
        """The step with the most calls, the latest of several."""
        return max(reversed(self.bars), key=lambda bar: bar.calls)

    @property
    def free(self) -> int:
        """What was left at the highest."""
        return self.highest.free

    @property
    def refused(self) -> int:
        return sum(bar.refused for bar in self.bars)


def occupancy(
    starts: Sequence[datetime],
    peaks: Mapping[datetime, int],
    refused: Mapping[datetime, int],
    limit: int,
) -> Occupancy:
    """A chart of steps that begin at ``starts``; what a mapping lacks is 0."""
    top = max([limit, 1, *peaks.values()])
    scale = FLOOR * FULL / top
    wide = WIDTH / len(starts)
    bars = tuple(
        Bar(
            start=start,
            calls=peaks.get(start, 0),
            free=max(limit - peaks.get(start, 0), 0),
            refused=refused.get(start, 0),
            x=round((nth + GAP / 2) * wide, 2),
            width=round(wide * (1 - GAP), 2),
            y=round(FLOOR - peaks.get(start, 0) * scale, 2),
            height=round(peaks.get(start, 0) * scale, 2),
        )
        for nth, start in enumerate(starts)
    )
    step = starts[1] - starts[0]
    whole = len(starts) * step
    times = tuple(starts[0] + whole * nth / (LABELS - 1) for nth in range(LABELS))
    return Occupancy(bars, limit, round(FLOOR - limit * scale, 2), times, step)
