"""Who uses the platform's capacity now, and how much it was at most."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from calls.channels import VOICE_CHANNELS
from calls.models import Call, CallQuerySet
from capacity.history import PLATFORM
from capacity.models import EpisodeKind
from orgs.models import Organization

KEPT = timedelta(days=8)
# Reports say when a call ended, which may be some minutes ago.
LATE = timedelta(minutes=5)

# A call counts from the instant it starts until that at which it ends. A minute begins
# with as many as were there already, which the rows of 0 stand for.
RECORD_PEAKS = """
    WITH overlapping AS (
        SELECT organization_id, greatest(started_at, %(since)s) AS started_at, ended_at
        FROM calls
        WHERE channel = ANY(%(voice)s) AND started_at < %(until)s
            AND (holds_slot OR ended_at > %(since)s)
    ), whose AS (
        SELECT DISTINCT organization_id FROM overlapping
    ), changes AS (
        SELECT organization_id, started_at AS at, 1 AS change FROM overlapping
        UNION ALL
        SELECT organization_id, ended_at, -1 FROM overlapping WHERE ended_at < %(until)s
        UNION ALL
        SELECT organization_id, minute, 0 FROM whose,
            generate_series(
                %(since)s, %(until)s - interval '1 microsecond', '1 minute'
            ) minute
    ), everybody AS (
        SELECT organization_id, at, change FROM changes
        UNION ALL
        SELECT %(platform)s, at, change FROM changes
    ), running AS (
        SELECT organization_id, date_trunc('minute', at) AS minute, sum(change) OVER (
            PARTITION BY organization_id ORDER BY at, change
            ROWS UNBOUNDED PRECEDING
        ) AS calls
        FROM everybody
    )
    INSERT INTO capacity_peak (organization_id, minute, peak)
    SELECT organization_id, minute, max(calls) FROM running
    GROUP BY 1, 2 HAVING max(calls) > 0
"""
RECORD_FALLBACKS = """
    INSERT INTO capacity_episode (minute, kind, count)
    SELECT date_trunc('minute', started_at), %(fallback)s, count(*) FROM calls
    WHERE without_redis AND started_at >= %(since)s AND started_at < %(until)s
    GROUP BY 1
"""
LAST_PEAK = "SELECT max(minute) FROM capacity_peak WHERE organization_id = %s"
FORGET = """
    DELETE FROM capacity_peak WHERE minute >= %(since)s AND minute < %(until)s;
    DELETE FROM capacity_episode
    WHERE kind = %(fallback)s AND minute >= %(since)s AND minute < %(until)s
"""


@dataclass(frozen=True)
class Usage:
    """The slots that an organization holds, of how many it may."""

    organization: Organization
    in_use: int
    limit: int


def by_organization() -> list[Usage]:
    """Every organization that holds a slot now, those that hold most first."""
    held = Call.objects.holding_slots().order_by().values_list("organization_id")
    in_use: dict[uuid.UUID, int] = dict(held.annotate(Count("pk")))
    organizations = Organization.objects.in_bulk(in_use)
    found = [
        Usage(organizations[pk], count, organizations[pk].call_limit)
        for pk, count in in_use.items()
    ]
    return sorted(found, key=lambda usage: (-usage.in_use, usage.organization.name))


def in_use() -> int:
    """The slots held now by all."""
    return Call.objects.holding_slots().count()


def holders(organization: Organization | None = None) -> CallQuerySet:
    """The calls that hold a slot now, the oldest first, with agent and organization;
    ``started_at`` and ``heartbeat_at`` say since when, and when a bot last said so."""
    calls = Call.objects.holding_slots().select_related("agent", "organization")
    if organization:
        calls = calls.of(organization)
    return calls.defer("agent_config", "metrics", "transcript").order_by("started_at")


def record_peaks(until: datetime | None = None) -> int:
    """Derive the peak of each minute, and how many calls were admitted without Redis in
    it, from the calls: from the last recorded minute on. Answers how many peaks there
    are. ``until`` is now; its minute is still open."""
    until = until or timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LAST_PEAK, [PLATFORM])
        last = cursor.fetchone()[0] or until - KEPT
        since = max(min(last, until) - LATE, until - KEPT)
        values = {
            "since": since.replace(second=0, microsecond=0),
            "until": until,
            "voice": [channel.value for channel in VOICE_CHANNELS],
            "platform": PLATFORM,
            "fallback": EpisodeKind.FALLBACK,
        }
        cursor.execute(FORGET, values)
        cursor.execute(RECORD_FALLBACKS, values)
        cursor.execute(RECORD_PEAKS, values)
        recorded: int = cursor.rowcount
    return recorded
