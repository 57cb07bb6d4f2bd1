"""Row 4: lists of calls cost the same on every page and at every size."""

import sys
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Case, compare, table
from benchmarks.servers import project

if TYPE_CHECKING:
    from orgs.models import Organization

PER_PAGE = 50


def cases(organization: "Organization") -> tuple[Case, list[tuple[Case, float | None]]]:
    """Page 1, and what is measured against it, each with its goal."""
    from calls.models import Call
    from common.pagination import encode_cursor, paginate

    own = Call.objects.of(organization)
    start = min(PER_PAGE * 10_000, own.count() - PER_PAGE - 1)
    ordered = own.order_by("-started_at", "-pk").only("pk", "started_at", "agent_id")
    deep = ordered[start]
    cursor = encode_cursor(deep.started_at, deep.pk)
    narrow = own.filter(agent_id=deep.agent_id, status="completed")

    def page(rows: Any, after: str | None = None) -> object:
        return paginate(rows.for_list(), after, PER_PAGE, by="started_at")

    def by_offset() -> object:
        rows = own.for_list().order_by("-started_at", "-pk")
        return list(rows[start : start + PER_PAGE])

    number = f"page {start // PER_PAGE:,}"
    return Case("page 1", lambda: page(own)), [
        (Case(f"{number} by cursor", lambda: page(own, cursor)), 1.2),
        (Case("organization, agent and status, page 1", lambda: page(narrow)), 1.2),
        (Case("total capped at 10,000", lambda: own.order_by()[:10_001].count()), 3.0),
        (Case(f"{number} by OFFSET, for comparison", by_offset), None),
        (
            Case(
                "page 1 with the JSON, for comparison",
                lambda: list(own.order_by("-started_at", "-pk")[:PER_PAGE]),
            ),
            None,
        ),
    ]


def main(calls: int) -> bool:
    from django.db import connection

    from benchmarks.data import fill

    first, others = cases(fill(calls))
    ratios = compare(first, others)
    with connection.cursor() as sql:
        sql.execute("SELECT pg_relation_size('calls'), pg_table_size('calls')")
        heap, whole = sql.fetchone()
    print(table(f"4. Lists, {calls:,} calls", "page 1 of the list", ratios))
    print(f"Rows without their JSON are {heap / whole:.2f} of the table.\n")
    return all(ratio.is_met for ratio in ratios)


if __name__ == "__main__":
    with project():
        met = main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    sys.exit(not met)
