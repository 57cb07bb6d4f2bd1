"""Figures over many calls: how many, how long, what they cost, how callers waited."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Aggregate, Count, FloatField, Q, Sum

from calls.channels import Status
from calls.models import LIST_COLUMNS, CallQuerySet

COSTS = ("llm", "stt", "tts", "sip", "total")
NOTHING = Decimal("0.00")


class Percentile(Aggregate):
    """The value under which ``share`` of the values lie; NULL where there are none."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Stats:
    """Of calls that started between two times. Latencies are seconds, ``None`` where
    nobody was waited for; ``costs`` is INR by component, and ``total``."""

    calls: int
    completed: int
    failed: int
    minutes: float
    costs: dict[str, Decimal]
    latency_p50: float | None
    latency_p95: float | None


def stats_of(calls: CallQuerySet, since: datetime, until: datetime) -> Stats:
    """The figures of those of ``calls`` that started from ``since`` until ``until``."""
    found = calls.filter(started_at__gte=since, started_at__lt=until).aggregate(
        n=Count("pk"),
        completed=Count("pk", filter=Q(status=Status.COMPLETED)),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
        seconds=Sum("duration_secs", default=0.0),
        p50=Percentile("avg_latency", share=0.5),
        p95=Percentile("avg_latency", share=0.95),
        **{part: Sum(f"cost_{part}", default=NOTHING) for part in COSTS},
    )
    return Stats(
        calls=found["n"],
        completed=found["completed"],
        failed=found["failed"],
        minutes=round(found["seconds"] / 60, 2),
        costs={part: found[part] for part in COSTS},
        latency_p50=found["p50"],
        latency_p95=found["p95"],
    )


def for_usage(calls: CallQuerySet) -> CallQuerySet:
    """What a list of costs shows: as a list of calls, and the cost of each part."""
    costs = (f"cost_{part}" for part in COSTS)
    return calls.select_related("agent").only(*LIST_COLUMNS, *costs)
