"""Failures by blame and reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calls.failures import (
    CALLER,
    CARRIER,
    ENVIRONMENT,
    PLATFORM,
    PROVIDER,
    Failure,
    describe,
)
from console.charts.columns import Step, columns
from console.range_filters import Days

BLAMES = {
    PLATFORM: "Platform",
    PROVIDER: "Provider",
    CARRIER: "Carrier",
    ENVIRONMENT: "Network or device",
    CALLER: "Caller",
}


@dataclass(frozen=True)
class Reason:
    key: str
    failure: Failure
    blame: str
    count: int
    share: float


def of(found: Sequence[tuple[str, int, int]], calls: int, days: Days) -> dict[str, Any]:
    """``found`` is (reason, day, calls); ``calls`` is how many there were in all."""
    by_reason: Counter[str] = Counter()
    by_day: dict[int, Counter[str]] = {}
    for reason, day, count in found:
        by_reason[reason] += count
        by_day.setdefault(day, Counter())[blame_of(reason)] += count
    by_blame: Counter[str] = Counter()
    for reason, count in by_reason.items():
        by_blame[blame_of(reason)] += count
    failed = by_reason.total()
    steps = [step(by_day.get(nth, Counter()), day) for nth, day in enumerate(days.all)]
    return {
        "failed": failed,
        "calls": calls,
        "share": failed / calls if calls else None,
        "blames": [
            (kind, label, by_blame[kind], by_blame[kind] / failed)
            for kind, label in BLAMES.items()
            if failed
        ],
        "drawn": columns(steps),
        "steps": [step for step in steps if any(step.values.values())],
        "reasons": [reason_row(*pair, failed) for pair in by_reason.most_common()],
    }


def blame_of(reason: str) -> str:
    failure = describe(reason)
    return failure.blame if failure else PLATFORM


def reason_row(key: str, count: int, failed: int) -> Reason:
    failure = describe(key)
    assert failure is not None
    return Reason(key, failure, BLAMES[failure.blame], count, count / failed)


def step(counted: Counter[str], day: Any) -> Step:
    label = f"{day.day} {day:%b}"
    title = ", ".join(f"{counted[k]} {BLAMES[k].lower()}" for k in BLAMES if counted[k])
    return Step(
        label,
        f"{label}: {title or 'no failures'}",
        {kind: float(counted[kind]) for kind in BLAMES},
        f"status=failed&since={day}&until={day}",
    )
