"""How full the limits are now, and whether Redis knows of the calls that hold slots."""

from collections.abc import Iterable
from dataclasses import dataclass

import redis
from django.conf import settings

from calls import usage
from calls.models import Call
from calls.slots import gate
from capacity.census import Census
from orgs.models import Organization


@dataclass(frozen=True)
class Gauge:
    """How many slots of a limit are in use now."""

    name: str
    in_use: int
    limit: int

    @property
    def free(self) -> int:
        return max(self.limit - self.in_use, 0)

    @property
    def percent(self) -> float:
        return min(100.0, round(100 * self.in_use / self.limit, 1))

    @property
    def level(self) -> str:
        """``full``, ``tight`` from four fifths on, or ``roomy``."""
        if self.in_use >= self.limit:
            return "full"
        return "tight" if self.in_use * 5 >= self.limit * 4 else "roomy"


def gauges(organization: Organization, *, everything: bool) -> list[Gauge]:
    """The platform's limit, for those who may see ``everything``, and their own."""
    found = []
    if everything:
        found.append(Gauge("Platform", usage.in_use(), settings.MAX_CONCURRENT_CALLS))
    own = usage.holders(organization).order_by().count()
    return [*found, Gauge(organization.name, own, organization.call_limit)]


def slots_in_redis(calls: Iterable[Call]) -> set[str] | None:
    """The ids of those active calls that have a slot in Redis; ``None`` if it cannot
    tell."""
    try:
        token = gate.slots.token()
        if token is None:
            return None
        asked = [str(call.pk) for call in calls if call.is_voice]
        return set(Census(gate.slots.link, token).beats(asked))
    except redis.RedisError:
        return None
