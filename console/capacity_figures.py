"""What the Capacity page shows: use, peaks and refusals, now and over a period."""

import math
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max, Sum
from django.utils import timezone

from calls import usage
from capacity.history import PLATFORM
from capacity.models import Episode, EpisodeKind
from console.charts.occupancy import Occupancy, occupancy
from orgs.models import Organization

MOST_ORGANIZATIONS = 100
MOST_EPISODES = 50

PEAKS = """
    SELECT organization_id, date_bin(%s::interval, minute, %s), max(peak)
    FROM capacity_peak
    WHERE organization_id = ANY(%s) AND minute >= %s
    GROUP BY 1, 2
"""
REFUSED = """
    SELECT organization_id, scope, date_bin(%s::interval, minute, %s), sum(count)
    FROM capacity_refusals
    WHERE minute >= %s AND (%s OR organization_id = ANY(%s))
    GROUP BY 1, 2, 3
"""
HIGHEST = """
    SELECT organization_id, max(peak) FROM capacity_peak
    WHERE minute >= %s AND organization_id <> %s GROUP BY 1
"""


@dataclass(frozen=True)
class Period:
    """How far back to look, and in steps of what length."""

    name: str
    label: str
    length: timedelta
    step: timedelta

    def starts(self) -> list[datetime]:
        """Steps at round times; the last one holds the present."""
        step = self.step.total_seconds()
        end = (math.floor(timezone.now().timestamp() / step) + 1) * step
        first = datetime.fromtimestamp(end, tz=UTC) - self.length
        return [first + nth * self.step for nth in range(self.length // self.step)]


DAY = Period("day", "Last day", timedelta(days=1), timedelta(minutes=15))
WEEK = Period("week", "Last week", timedelta(days=7), timedelta(hours=2))
PERIODS = {period.name: period for period in (DAY, WEEK)}


@dataclass
class Standing:
    """One limit: how much of it is in use, and how it went. ``organization`` is
    ``None`` for the platform's."""

    name: str
    limit: int
    in_use: int
    chart: Occupancy
    organization: Organization | None = None
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return max(self.limit - self.in_use, 0)


class Figures:
    """Everything of one period; reads once for as many limits as are asked about."""

    def __init__(self, period: Period) -> None:
        self.starts = period.starts()
        self.step = period.step
        self.since = self.starts[0]

    def platform(self) -> Standing:
        """The limit that all share."""
        (peaks,) = self._peaks([PLATFORM])
        refused = self._refused(None)
        by_step: dict[datetime, int] = defaultdict(int)
        scopes: dict[str, int] = defaultdict(int)
        for (_, scope), steps in refused.items():
            for start, count in steps.items():
                by_step[start] += count
                scopes[scope] += count
        limit = settings.MAX_CONCURRENT_CALLS
        chart = occupancy(self.starts, peaks, by_step, limit)
        return Standing("Platform", limit, usage.in_use(), chart, refused=dict(scopes))

    def of(self, organizations: Sequence[Organization]) -> list[Standing]:
        """The limit of each of ``organizations``."""
        keys = [organization.pk for organization in organizations]
        in_use = {u.organization.pk: u.in_use for u in usage.by_organization()}
        refused = self._refused(keys)
        found = []
        for organization, peaks in zip(organizations, self._peaks(keys), strict=True):
            by_step: dict[datetime, int] = defaultdict(int)
            scopes = {}
            for scope in ("global", "org"):
                steps = refused.get((organization.pk, scope), {})
                scopes[scope] = sum(steps.values())
                for start, count in steps.items():
                    by_step[start] += count
            limit = organization.call_limit
            chart = occupancy(self.starts, peaks, by_step, limit)
            held = in_use.get(organization.pk, 0)
            found.append(
                Standing(organization.name, limit, held, chart, organization, scopes)
            )
        return found

    def busiest(self) -> tuple[list[Organization], int]:
        """The organizations in the order of their peaks, and how many are left out
        because there are too many to show."""
        with connection.cursor() as cursor:
            cursor.execute(HIGHEST, [self.since, PLATFORM])
            peaks = dict(cursor.fetchall())
        every = Organization.objects.filter(is_active=True).order_by("name")
        ranked = sorted(every, key=lambda found: -peaks.get(found.pk, 0))
        return ranked[:MOST_ORGANIZATIONS], max(len(ranked) - MOST_ORGANIZATIONS, 0)

    def _peaks(self, keys: list[uuid.UUID]) -> list[dict[datetime, int]]:
        found: dict[uuid.UUID, dict[datetime, int]] = {key: {} for key in keys}
        with connection.cursor() as cursor:
            cursor.execute(PEAKS, [str(self.step), self.since, keys, self.since])
            for key, start, peak in cursor.fetchall():
                found[key][start] = peak
        return list(found.values())

    def _refused(
        self, keys: list[uuid.UUID] | None
    ) -> dict[tuple[uuid.UUID, str], dict[datetime, int]]:
        found: dict[tuple[uuid.UUID, str], dict[datetime, int]] = defaultdict(dict)
        with connection.cursor() as cursor:
            asked: list[Any] = [
                str(self.step),
                self.since,
                self.since,
                keys is None,
                keys or [],
            ]
            cursor.execute(REFUSED, asked)
            for key, scope, start, count in cursor.fetchall():
                found[key, scope][start] = int(count)
        return found


@dataclass(frozen=True)
class EpisodeCount:
    """How often something out of the ordinary happened, and when it did last."""

    kind: EpisodeKind
    count: int = 0
    latest: datetime | None = None


def episodes(since: datetime) -> tuple[list[EpisodeCount], list[Episode]]:
    """Of each kind how many there were since then, and the latest of all."""
    noted = Episode.objects.filter(minute__gte=since, count__gt=0)
    by_kind = {
        kind: (count, latest)
        for kind, count, latest in noted.order_by()
        .values_list("kind")
        .annotate(Sum("count"), Max("minute"))
    }
    counts = [EpisodeCount(kind, *by_kind.get(kind, ())) for kind in EpisodeKind]
    return counts, list(noted.order_by("-minute")[:MOST_EPISODES])


def checked_at() -> datetime | None:
    """When the reconciliation last looked for drift."""
    found = Episode.objects.filter(kind=EpisodeKind.DRIFT).order_by("-minute")
    return found.values_list("minute", flat=True).first()
