"""Calls by day and status."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from calls.analytics import Quarter
from calls.channels import Status
from console.charts.columns import Columns, Step, columns
from console.range_filters import Days


@dataclass(frozen=True)
class Share:
    """``count`` of all calls; ``share`` of one."""

    kind: str
    label: str
    count: int
    share: float


@dataclass(frozen=True)
class ByDay:
    """``rows`` are those of the chart, for those who do not see it."""

    drawn: Columns
    rows: list[Step]


def by_day(quarters: Sequence[Quarter], days: Days) -> ByDay:
    counted: dict[date, Counter[str]] = {}
    for quarter in quarters:
        day = timezone.localdate(quarter.at)
        counted.setdefault(day, Counter())[quarter.status] += quarter.calls
    steps = []
    for day in days.all:
        found = counted.get(day, Counter())
        values = {status.value: found[status.value] for status in Status}
        title = ", ".join(
            f"{count} {Status(status).label.lower()}"
            for status, count in values.items()
            if count
        )
        label = f"{day.day} {day:%b}"
        steps.append(
            Step(
                label,
                f"{label}: {title or 'no calls'}",
                {status: float(count) for status, count in values.items()},
                f"since={day}&until={day}",
            )
        )
    return ByDay(columns(steps), steps)


def mix(quarters: Sequence[Quarter]) -> list[Share]:
    """How the calls ended; empty without calls."""
    counted: Counter[str] = Counter()
    for quarter in quarters:
        counted[quarter.status] += quarter.calls
    whole = counted.total()
    order = (Status.COMPLETED, Status.FAILED, Status.ACTIVE)
    return [
        Share(status, status.label, counted[status], counted[status] / whole)
        for status in order
        if whole
    ]
