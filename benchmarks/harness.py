"""Measures one thing against another, in turn, so that a noisy machine harms both.

A result is a ratio: the time of a case over that of the reference beside it in the same
round, as the median of the rounds with its quartiles. Absolute times are no result.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

ROUNDS = 9
# A block shorter than this measures the clock.
BLOCK_SECS = 0.02


@dataclass(frozen=True)
class Case:
    """Something to be measured: ``run`` does it once."""

    name: str
    run: Callable[[], object]


@dataclass(frozen=True)
class Ratio:
    """A case's time over the reference's: median, and the middle half of the rounds.
    ``goal`` is the most that is wanted; ``None`` where the case is for comparison."""

    name: str
    median: float
    low: float
    high: float
    goal: float | None = None

    @property
    def is_met(self) -> bool:
        return self.goal is None or self.median <= self.goal

    def as_row(self) -> str:
        spread = f"{self.low:.2f}-{self.high:.2f}"
        goal = f"≤ {self.goal:g}" if self.goal is not None else ""
        verdict = "" if self.goal is None else "met" if self.is_met else "missed"
        return f"| {self.name} | {self.median:.2f} | {spread} | {goal} | {verdict} |"


HEADER = "| case | ratio | middle half | goal | |\n|---|---|---|---|---|"


def timed(run: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        run()
    return time.perf_counter() - started


def calibrated(run: Callable[[], object]) -> int:
    """How often to run something so that the clock can tell; warms it up too."""
    times = 1
    while timed(run, times) < BLOCK_SECS:
        times *= 2
    return times


def compare(
    reference: Case,
    cases: Iterable[tuple[Case, float | None]],
    rounds: int = ROUNDS,
) -> list[Ratio]:
    """Measure each case right after the reference, ``rounds`` times over."""
    goals = dict(cases)
    times = {case: calibrated(case.run) for case in (reference, *goals)}
    ratios: dict[Case, list[float]] = {case: [] for case in goals}
    for _ in range(rounds):
        for case in goals:
            base = timed(reference.run, times[reference]) / times[reference]
            own = timed(case.run, times[case]) / times[case]
            ratios[case].append(own / base)
    return [summary(case, ratios[case], goal) for case, goal in goals.items()]


def compare_finely(
    reference: Case,
    cases: Iterable[tuple[Case, float | None]],
    rounds: int = ROUNDS,
    times: int = 300,
) -> list[Ratio]:
    """For work of some microseconds: reference and cases alternate at every run, and a
    round's time of each is the median, so that being interrupted counts little."""
    goals = dict(cases)
    everyone = (reference, *goals)
    ratios: dict[Case, list[float]] = {case: [] for case in goals}
    for _ in range(rounds + 1):  # the first warms up
        took: dict[Case, list[float]] = {case: [] for case in everyone}
        for _ in range(times):
            for case in everyone:
                took[case].append(timed(case.run, 1))
        base = statistics.median(took[reference])
        for case in goals:
            ratios[case].append(statistics.median(took[case]) / base)
    return [summary(case, ratios[case][1:], goal) for case, goal in goals.items()]


def summary(case: Case, ratios: list[float], goal: float | None) -> Ratio:
    if len(ratios) < 2:
        return Ratio(case.name, ratios[0], ratios[0], ratios[0], goal)
    low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return Ratio(case.name, median, low, high, goal)


def table(title: str, reference: str, ratios: Iterable[Ratio]) -> str:
    rows = "\n".join(ratio.as_row() for ratio in ratios)
    return f"### {title}\n\nReference: {reference}\n\n{HEADER}\n{rows}\n"
