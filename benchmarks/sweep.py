"""Row 7: sweeping ten thousand stale calls, and sweeping when there are none."""

import logging
import sys
from collections.abc import Callable

from benchmarks.harness import ROUNDS, Case, Ratio, compare, summary, table, timed
from benchmarks.servers import project

STALE = 10_000

MAKE_STALE = """
    UPDATE calls SET status = 'active', failure_reason = '', ended_at = NULL,
        started_at = now() - interval '5 hours', channel = 'web', bot_url = ''
    WHERE id IN (SELECT id FROM calls ORDER BY id LIMIT %s)
"""
ONE_UPDATE = """
    UPDATE calls SET status = 'failed', failure_reason = 'stale_call', ended_at = now(),
        duration_secs = extract(epoch from now() - started_at)
    WHERE holds_slot AND started_at < now() - interval '2 hours'
    RETURNING id, organization_id, channel
"""


def main(calls: int, stale: int = STALE) -> bool:
    from django.db import connection

    from benchmarks.data import fill
    from calls.lost import sweep_stale_calls
    from calls.models import Call

    logging.disable(logging.WARNING)
    fill(calls)

    def sql(statement: str, *parameters: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)

    def make_stale() -> None:
        sql(MAKE_STALE, stale)

    def sweep() -> None:
        assert sweep_stale_calls().count == stale

    def point_queries() -> None:
        first = Call.objects.order_by("pk").values_list("pk", flat=True)[0]
        assert Call.objects.filter(pk=first).exists()

    case = Case(f"sweep of {stale:,} stale calls", sweep)
    ratio = against(make_stale, lambda: sql(ONE_UPDATE), case)
    # Among calls as they are and not among ten thousands of versions just dead.
    sql("VACUUM ANALYZE calls")
    nobody = compare(
        Case("point queries", point_queries),
        [(Case("nothing to sweep", sweep_stale_calls), 2.0)],
    )
    title = f"7. Sweep among {calls:,} calls"
    print(table(title, "one UPDATE … RETURNING", [ratio]))
    print(table(title, "two point queries by primary key", nobody))
    return all(ratio.is_met for ratio in [ratio, *nobody])


def against(
    prepare: Callable[[], None], reference: Callable[[], None], case: Case
) -> Ratio:
    """Like ``compare``, for work that has to be laid out anew before each run."""
    ratios = []
    for _ in range(ROUNDS):
        prepare()
        base = timed(reference, 1)
        prepare()
        ratios.append(timed(case.run, 1) / base)
    return summary(case, ratios, 2.0)


if __name__ == "__main__":
    with project():
        met = main(*([int(argument) for argument in sys.argv[1:]] or [1_000_000]))
    sys.exit(not met)
