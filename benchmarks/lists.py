"""Row 4: lists of calls cost the same on every page and at every size."""

import sys

from benchmarks.harness import Case, compare, table
from benchmarks.servers import project


def main(calls: int) -> bool:
    from django.db import connection

    from benchmarks.data import fill
    from calls.models import Call
    from common.pagination import encode_cursor, paginate

    organization = fill(calls)
    own = Call.objects.of(organization)
    deepest = own.count() - 60
    ordered = own.order_by("-started_at", "-pk").only("pk", "started_at", "agent_id")
    deep = ordered[min(50 * 10_000, deepest)]
    cursor = encode_cursor(deep.started_at, deep.pk)
    page = (min(50 * 10_000, deepest)) // 50

    def first() -> object:
        return paginate(own.for_list(), None, 50, by="started_at")

    def by_cursor() -> object:
        return paginate(own.for_list(), cursor, 50, by="started_at")

    def by_offset() -> object:
        rows = own.for_list().order_by("-started_at", "-pk")
        return list(rows[page * 50 : page * 50 + 50])

    def narrowed() -> object:
        rows = own.filter(agent_id=deep.agent_id, status="completed").for_list()
        return paginate(rows, None, 50, by="started_at")

    def capped_total() -> object:
        return own.order_by()[:10_001].count()

    def with_json() -> object:
        return list(own.order_by("-started_at", "-pk")[:50])

    with connection.cursor() as sql:
        sql.execute("SELECT pg_relation_size('calls'), pg_table_size('calls')")
        heap, whole = sql.fetchone()
    ratios = compare(
        Case("page 1", first),
        [
            (Case(f"page {page:,} by cursor", by_cursor), 1.2),
            (Case("organization, agent and status, page 1", narrowed), 1.2),
            (Case("total capped at 10,000", capped_total), 3.0),
            (Case(f"page {page:,} by OFFSET, for comparison", by_offset), None),
            (Case("page 1 with the JSON, for comparison", with_json), None),
        ],
    )
    print(table(f"4. Lists, {calls:,} calls", "page 1 of the list", ratios))
    print(f"Rows without their JSON are {heap / whole:.2f} of the table.\n")
    return all(ratio.is_met for ratio in ratios)


if __name__ == "__main__":
    with project():
        met = main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    sys.exit(not met)
