"""When to upgrade: what the measured load would make of other limits. Pure."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from calls.load import Load
from console.erlang import blocking, channels_for, load_for

PLANS = Path(__file__).parent / "provider_plans.toml"
# Streams of a plan left free: a call that ends may hold its own a moment longer.
BUFFER = 2
# The share of refused calls up to which a limit is called enough.
TARGET = 0.01


@dataclass(frozen=True)
class Plan:
    """A provider's plan: streams at once, what it counts, and where that was read."""

    provider: str
    name: str
    streams: int
    counts: str
    source: str
    read_on: date

    @property
    def limit(self) -> int:
        """Calls at once that it is good for."""
        return max(self.streams - BUFFER, 1)


@dataclass(frozen=True)
class Outlook:
    """What a limit would mean: the share refused in the busiest hour, refused calls a
    day, and the busiest hour's load up to which it is enough."""

    label: str
    limit: int
    blocking: float
    refused_a_day: float
    enough_up_to: float
    plan: Plan | None = None

    @property
    def is_enough(self) -> bool:
        return self.blocking <= TARGET


@dataclass(frozen=True)
class Forecast:
    """The load, grown by a factor, and the outlook of every limit asked about.

    ``needed`` is the smallest limit that is enough.
    """

    busy_erlangs: float
    mean_erlangs: float
    needed: int
    present: Outlook
    outlooks: tuple[Outlook, ...]
    refused_a_day: float
    is_bursty: bool

    @property
    def room(self) -> float | None:
        """By how much the busiest hour may grow, as a factor."""
        if not self.busy_erlangs:
            return None
        return self.present.enough_up_to / self.busy_erlangs


@cache
def plans() -> tuple[Plan, ...]:
    entries = tomllib.loads(PLANS.read_text())["plan"]
    return tuple(Plan(**entry) for entry in entries)


def forecast(
    load: Load, present: int, asked: Sequence[tuple[str, int]], growth: float = 1.0
) -> Forecast:
    """Compare the ``present`` limit with those ``asked`` about and with all plans.

    ``growth`` is the factor by which calls are expected to become more.
    """
    limits: list[tuple[str, int, Plan | None]] = [("Limit in use", present, None)]
    limits += [(label, limit, None) for label, limit in asked]
    limits += [(f"{p.provider}, {p.name}", p.limit, p) for p in plans()]
    found = tuple(outlook(load, growth, *limit) for limit in limits)
    busy = load.offered(load.busiest) * growth
    refused = load.refused / load.days
    return Forecast(
        busy_erlangs=busy,
        mean_erlangs=load.erlangs * growth,
        needed=channels_for(busy, TARGET),
        present=found[0],
        outlooks=found,
        refused_a_day=refused,
        # The formula expects calls that come evenly; campaigns do not.
        is_bursty=growth == 1 and load.refused > 0 and found[0].is_enough,
    )


def outlook(
    load: Load, growth: float, label: str, limit: int, plan: Plan | None
) -> Outlook:
    refused = sum(
        hour.attempts * growth * blocking(load.offered(hour) * growth, limit)
        for hour in load.hours
        if hour.attempts
    )
    return Outlook(
        label=label,
        limit=limit,
        blocking=blocking(load.offered(load.busiest) * growth, limit),
        refused_a_day=refused / load.days,
        enough_up_to=load_for(limit, TARGET),
        plan=plan,
    )
