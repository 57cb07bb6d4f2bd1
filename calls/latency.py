"""How long callers waited: percentiles over many calls, from columns alone."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

# Reads the index calls_latency and not a row of the table.
BY_AGENT = """
    SELECT agent_id, count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99])
        WITHIN GROUP (ORDER BY avg_latency)
    FROM calls
    WHERE organization_id = ANY(%s) AND started_at >= %s AND started_at < %s
        AND avg_latency IS NOT NULL
    GROUP BY agent_id
"""


@dataclass(frozen=True)
class Latency:
    """Seconds from the caller's last word to the agent's first, of ``calls`` calls."""

    calls: int
    p50: float
    p95: float
    p99: float


def by_agent(
    organizations: Iterable[uuid.UUID], since: datetime, until: datetime
) -> dict[uuid.UUID, Latency]:
    """The latency of each agent of these organizations between two times."""
    with connection.cursor() as cursor:
        cursor.execute(BY_AGENT, [list(organizations), since, until])
        return {
            agent: Latency(calls, *percentiles)
            for agent, calls, percentiles in cursor.fetchall()
        }
