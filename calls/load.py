"""How much the calls of the last hours asked of the platform, hour by hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from calls.channels import VOICE_CHANNELS
from capacity.history import PLATFORM
from orgs.models import Organization

HOUR = timedelta(hours=1)

# Every call counts in each hour with the seconds that it took of it, and as a start in
# the hour in which it began. The two conditions on when it ended have an index each.
CALLS = """
    WITH overlapping AS (
        SELECT started_at, coalesce(ended_at, %(until)s) AS ended_at
        FROM calls
        WHERE channel = ANY(%(voice)s) AND started_at < %(until)s
            AND (holds_slot OR ended_at > %(since)s)
            AND (%(organization)s = %(platform)s OR organization_id = %(organization)s)
    )
    SELECT hour,
        sum(extract(epoch FROM least(ended_at, hour + interval '1 hour')
            - greatest(started_at, hour)))::float,
        count(*) FILTER (WHERE started_at >= hour)
    FROM overlapping, generate_series(
        date_bin('1 hour', greatest(started_at, %(since)s), %(since)s),
        least(ended_at, %(until)s - interval '1 microsecond'),
        '1 hour'
    ) AS hour
    GROUP BY hour
"""
REFUSALS = """
    SELECT date_bin('1 hour', greatest(minute, %(since)s), %(since)s), sum(count)
    FROM capacity_refusals
    WHERE minute >= %(since)s - interval '1 minute' AND minute < %(until)s
        AND CASE WHEN %(organization)s = %(platform)s THEN scope = 'global'
            ELSE organization_id = %(organization)s END
    GROUP BY 1
"""


@dataclass(frozen=True)
class Hour:
    """One hour: seconds of voice calls, calls that began, and starts refused."""

    start: datetime
    carried_secs: float = 0.0
    starts: int = 0
    refused: int = 0

    @property
    def attempts(self) -> int:
        return self.starts + self.refused


@dataclass(frozen=True)
class Load:
    """Some hours in a row, the newest last, up to now."""

    hours: tuple[Hour, ...]

    @property
    def mean_secs(self) -> float:
        """How long a call took, on average; 0 without any."""
        starts = sum(hour.starts for hour in self.hours)
        return sum(hour.carried_secs for hour in self.hours) / starts if starts else 0.0

    @property
    def attempts(self) -> int:
        return sum(hour.attempts for hour in self.hours)

    @property
    def refused(self) -> int:
        return sum(hour.refused for hour in self.hours)

    @property
    def days(self) -> float:
        return len(self.hours) / 24

    @property
    def erlangs(self) -> float:
        """The load of all hours together."""
        return sum(map(self.offered, self.hours)) / max(len(self.hours), 1)

    @property
    def busiest(self) -> Hour:
        """The hour with the most load, the latest of several."""
        return max(reversed(self.hours), key=self.offered)

    def offered(self, hour: Hour) -> float:
        """Erlangs of an hour as if nobody had been refused: a refused call would have
        taken as long as the others."""
        return (
            hour.carried_secs + hour.refused * self.mean_secs
        ) / HOUR.total_seconds()


def measure(
    hours: int, organization: Organization | None = None, until: datetime | None = None
) -> Load:
    """The load of the last so many whole hours, of one organization or of all.

    Of all, a start that an organization's own limit refused does not count: a larger
    limit for all would not have let it in.
    """
    until = until or timezone.now()
    since = until - hours * HOUR
    asked: dict[str, Any] = {
        "since": since,
        "until": until,
        "voice": [channel.value for channel in VOICE_CHANNELS],
        "organization": organization.pk if organization else PLATFORM,
        "platform": PLATFORM,
    }
    with connection.cursor() as cursor:
        cursor.execute(CALLS, asked)
        calls = {start: (secs, starts) for start, secs, starts in cursor.fetchall()}
        cursor.execute(REFUSALS, asked)
        refused = {start: int(count) for start, count in cursor.fetchall()}
    found = []
    for nth in range(hours):
        start = since + nth * HOUR
        secs, starts = calls.get(start, (0.0, 0))
        found.append(Hour(start, secs, starts, refused.get(start, 0)))
    return Load(tuple(found))
