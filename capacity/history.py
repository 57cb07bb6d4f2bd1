"""What the gate did, minute by minute, for the capacity page and for alerts."""

import logging
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import Error, connection
from django.db.models import Sum

from capacity import fence
from capacity.models import Episode, EpisodeKind, Peak, Refusals

logger = logging.getLogger(__name__)

# The organization under which the platform's peaks are kept.
PLATFORM = uuid.UUID(int=0)

COUNT_REFUSAL = """
    INSERT INTO capacity_refusals (minute, organization_id, scope, count)
    VALUES (date_trunc('minute', now()), %s, %s, 1)
    ON CONFLICT (minute, organization_id, scope)
    DO UPDATE SET count = capacity_refusals.count + 1
"""
NOTE = """
    INSERT INTO capacity_episode (minute, kind, count)
    VALUES (date_trunc('minute', now()), %s, %s)
    ON CONFLICT (minute, kind)
    DO UPDATE SET count = capacity_episode.count + excluded.count
"""
PEAKS = """
    SELECT date_bin(%s::interval, minute, %s) AS start, max(peak)
    FROM capacity_peak
    WHERE organization_id = %s AND minute >= %s
    GROUP BY 1 ORDER BY 1
"""


class PeakOf(NamedTuple):
    """The most calls at once from ``start`` on, for one step."""

    start: datetime
    calls: int


def count_refusal(org: str, scope: str) -> None:
    """Count a refused start. Where it cannot be counted, it is refused all the same."""
    _count(COUNT_REFUSAL, org, scope)


def count(kind: EpisodeKind, number: int = 1) -> None:
    """Like ``note``, but nobody waits for the disk, and it may fail."""
    _count(NOTE, kind, number)


def _count(statement: str, *values: str | int) -> None:
    try:
        with connection.cursor() as cursor:
            # Losing the last counts in a crash of the server is better than a caller
            # who waits for the disk.
            cursor.execute(f"{fence.UNHURRIED}; {statement}", values)
    except Error:
        logger.warning("A decision of the gate was not counted", exc_info=True)


def note(kind: EpisodeKind, count: int = 1) -> None:
    """Count something that the gate had to do beside its usual work."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [kind, count])


def peaks(
    since: datetime, *, step: timedelta, organization: uuid.UUID = PLATFORM
) -> list[PeakOf]:
    """The most calls at once in each ``step`` since ``since``; a step without any call
    is left out."""
    with connection.cursor() as cursor:
        cursor.execute(PEAKS, [str(step), since, organization, since])
        return [PeakOf(*row) for row in cursor.fetchall()]


def refusals(since: datetime, organization: uuid.UUID | None = None) -> dict[str, int]:
    """Refused starts since then by scope, of one organization or of all."""
    found = Refusals.objects.filter(minute__gte=since)
    if organization:
        found = found.filter(organization_id=organization)
    return dict(found.values_list("scope").annotate(Sum("count")))


def episodes(since: datetime) -> dict[str, int]:
    """How often each kind of episode was noted since then."""
    found = Episode.objects.filter(minute__gte=since).values_list("kind")
    return dict(found.annotate(Sum("count")))


def latest_drift() -> int:
    """How many slots the last reconciliation had to mend."""
    found = Episode.objects.filter(kind=EpisodeKind.DRIFT).order_by("-minute")
    return found.values_list("count", flat=True).first() or 0


def forget_before(moment: datetime) -> None:
    """Delete what is older than that."""
    for model in (Refusals, Episode, Peak):
        model.objects.filter(minute__lt=moment).delete()
