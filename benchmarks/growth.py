"""How costs grow with size: lists, analytics and sweeps against calls kept.

    python -m benchmarks.growth [CALLS ...]

Each cost is a ratio against a look-up by primary key in the same round, so that curves
of different sizes can be laid side by side. Draws docs/images/growth-*.svg.
"""

import logging
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks.harness import Case, compare
from benchmarks.plots import draw
from benchmarks.servers import project

if TYPE_CHECKING:
    from orgs.models import Organization

SIZES = (10_000, 100_000, 1_000_000)
PER_PAGE = 50
ROUNDS = 7
WINDOW = timedelta(hours=8)


def works(organization: "Organization") -> dict[str, Callable[[], object]]:
    """What is measured at each size, by its label in the plot."""
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


def main(sizes: list[int]) -> None:
    from benchmarks.data import fill
    from calls.models import Call

    logging.disable(logging.WARNING)
    curves: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for size in sizes:
        cases = works(fill(size))
        some = Call.objects.order_by("pk").values_list("pk", flat=True)[0]
        one = Call.objects.for_list().filter(pk=some)
        reference = Case("look-up", one.get)
        measured = [(Case(name, run), None) for name, run in cases.items()]
        for ratio in compare(reference, measured, ROUNDS):
            curves[ratio.name].append((size, ratio.median))
    axes = ("calls kept", "time, in look-ups by primary key")
    draw("calls", "Cost against calls kept", axes, curves)
    print("### Growth with the calls kept, in look-ups by primary key\n")
    print(f"| work | {' | '.join(f'{size:,}' for size in sizes)} |")
    print(f"|---|{'---|' * len(sizes)}")
    for name, points in curves.items():
        print(f"| {name} | {' | '.join(f'{cost:.2f}' for _, cost in points)} |")


if __name__ == "__main__":
    with project():
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
