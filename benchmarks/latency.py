"""Row 5: percentiles of a month of calls come from columns, not from JSON."""

import sys
from datetime import timedelta

from benchmarks.harness import Case, compare, table
from benchmarks.servers import project

FROM_JSON = """
    SELECT agent_id, count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99])
        WITHIN GROUP (ORDER BY (metrics->>'avgLatency')::float)
    FROM calls
    WHERE organization_id = ANY(%s) AND started_at >= %s AND started_at < %s
        AND metrics ? 'avgLatency'
    GROUP BY agent_id
"""


def main(calls: int) -> bool:
    from django.db import connection
    from django.utils import timezone

    from benchmarks.data import fill
    from calls import latency
    from orgs.models import Organization

    fill(calls)
    everyone = list(Organization.objects.values_list("pk", flat=True))
    until = timezone.now()
    since = until - timedelta(days=30)

    def columns() -> object:
        return latency.by_agent(everyone, since, until)

    def json() -> object:
        with connection.cursor() as cursor:
            cursor.execute(FROM_JSON, [everyone, since, until])
            return cursor.fetchall()

    # How many times faster: the goal is a seventh of the time.
    ratios = compare(
        Case("from JSON", json), [(Case("from columns", columns), 1 / 7)], rounds=7
    )
    title = f"5. Latency of each agent over 30 days, {calls:,} calls"
    print(table(title, "the same from the metrics' JSON", ratios))
    return all(ratio.is_met for ratio in ratios)


if __name__ == "__main__":
    with project():
        met = main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    sys.exit(not met)
