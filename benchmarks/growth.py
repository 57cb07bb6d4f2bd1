"""How costs grow: with calls kept, with slots held, with calls that are live.

    python -m benchmarks.growth [--most N] [--into FOLDER] [calls] [slots] [bot]

Each cost is a ratio against a reference of the same round, so that curves of different
sizes can be laid side by side. Draws growth-*.svg.
"""

import argparse
import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Case, compare, compare_finely
from benchmarks.plots import Curve, draw
from benchmarks.servers import project

if TYPE_CHECKING:
    from orgs.models import Organization

KEPT = (10_000, 100_000, 1_000_000)
# Slots held, and by how many organizations.
HELD = ((45, 15), (1_000, 100), (10_000, 1_000), (100_000, 10_000))
LIVE = (1, 5, 10, 20, 30, 43)
LIVE_SECS = 20.0
PER_PAGE = 50
ROUNDS = 7
WINDOW = timedelta(hours=8)

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"

Curves = dict[str, list[tuple[float, float]]]


def show(path: Path, title: str, axes: tuple[str, str], curves: Curves) -> None:
    """Draw the curves, and print them as a table."""
    draw(path, title, axes, curves)
    first: Curve = next(iter(curves.values()))
    print(f"### {title}: {axes[1]}\n")
    print(f"| {axes[0]} | {' | '.join(f'{size:,.0f}' for size, _ in first)} |")
    print(f"|---|{'---|' * len(first)}")
    for label, points in curves.items():
        print(f"| {label} | {' | '.join(f'{cost:.2f}' for _, cost in points)} |")
    print(flush=True)


def works(organization: "Organization") -> dict[str, Callable[[], object]]:
    """What is measured among calls that are kept, by its label in the plot."""
    from django.utils import timezone

    from calls import latency
    from calls.lost import sweep_stale_calls
    from calls.models import Call
    from common.pagination import encode_cursor, paginate

    own = Call.objects.of(organization)
    ordered = own.order_by("-started_at", "-pk").only("pk", "started_at", "agent_id")
    middle = ordered[own.count() // 2]
    cursor = encode_cursor(middle.started_at, middle.pk)
    narrow = own.filter(agent_id=middle.agent_id, status="completed")
    until = timezone.now()

    def page(after: str | None) -> object:
        return paginate(own.for_list(), after, PER_PAGE, by="started_at")

    return {
        "list, page 1": lambda: page(None),
        "list, page in the middle": lambda: page(cursor),
        "list by agent and status": lambda: paginate(
            narrow.for_list(), None, PER_PAGE, by="started_at"
        ),
        "latency by agent, last 8 hours": lambda: latency.by_agent(
            [organization.pk], until - WINDOW, until
        ),
        "sweep with nothing to do": sweep_stale_calls,
    }


def of_calls(most: int, folder: Path) -> None:
    """Lists, analytics and sweeps against a look-up by primary key."""
    from benchmarks.data import fill
    from calls.models import Call

    curves: Curves = defaultdict(list)
    for size in (size for size in KEPT if size <= most):
        cases = works(fill(size))
        some = Call.objects.order_by("pk").values_list("pk", flat=True)[0]
        one = Call.objects.for_list().filter(pk=some)
        reference = Case("look-up", one.get)
        measured = [(Case(name, run), None) for name, run in cases.items()]
        for ratio in compare(reference, measured, ROUNDS):
            curves[ratio.name].append((size, ratio.median))
    axes = ("calls kept", "time, in look-ups by primary key")
    show(folder / "growth-calls.svg", "Cost against calls kept", axes, curves)


def of_slots(most: int, folder: Path) -> None:
    """The gate and its reconciliation against the same in a design of counters."""
    from django.conf import settings

    settings.REDIS_TIMEOUT_SECS = 30
    from benchmarks import gate, reconcile
    from calls.slots import gate as slots
    from capacity.reconcile import reconcile as reconciled

    curves: Curves = defaultdict(list)
    for database, (held, orgs) in enumerate(HELD, start=2):
        if held > most:
            break
        pair = gate.pair_of_slots(gate.link_to(database), held, orgs)
        counters = gate.pair_of_counters(gate.link_to(0))
        (ratio,) = compare_finely(counters, [(pair, None)], ROUNDS)
        curves["taking a slot and giving it back"].append((held, ratio.median))
        reconcile.fill(held, orgs)
        ours = Case("reconcile", lambda: reconciled(slots))
        setting = Case("counters", reconcile.set_counters)
        (ratio,) = compare(setting, [(ours, None)], ROUNDS)
        curves["reconciling"].append((held, ratio.median))
    axes = ("slots held", "time, in that of counters")
    show(folder / "growth-slots.svg", "Cost against slots held", axes, curves)


def of_the_bot(most: int, folder: Path) -> None:
    """A bot process with ever more live calls, against one with a single call."""
    from benchmarks import bot_load
    from bot.report import percentile

    async def measured() -> list[bot_load.Load]:
        async with bot_load.running(1) as setting:
            await bot_load.measure(setting, 1, 1)
            return [
                await bot_load.measure(setting, calls, LIVE_SECS)
                for calls in LIVE
                if calls <= most
            ]

    loads = asyncio.run(measured())
    curves: Curves = defaultdict(list)
    for load in loads:
        costs = {"processor": load.bot_cores, "memory": load.memory_mb}
        for share in (50, 95):
            costs[f"latency, p{share}"] = percentile(load.latencies, share) or 0.0
        for name, cost in costs.items():
            curves[name].append((load.calls, cost))
    against_one = {
        name: [(calls, cost / points[0][1]) for calls, cost in points]
        for name, points in curves.items()
    }
    axes = ("live calls in one process", "cost, in that of one call")
    show(folder / "growth-bot.svg", "Cost against live calls", axes, against_one)


def main(subjects: Sequence[str], most: int, folder: Path) -> None:
    if {"calls", "slots"} & {*subjects}:
        with project():
            logging.disable(logging.WARNING)
            if "calls" in subjects:
                of_calls(most, folder)
            if "slots" in subjects:
                of_slots(most, folder)
    if "bot" in subjects:
        of_the_bot(most, folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=max(KEPT), help="the largest size")
    parser.add_argument("--into", type=Path, default=IMAGES, help="for the plots")
    parser.add_argument("subjects", nargs="*", default=["calls", "slots", "bot"])
    given = parser.parse_args()
    main(given.subjects, given.most, given.into)
