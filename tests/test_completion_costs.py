"""What completing a call costs: how many statements, which no machine changes, and the
program of ``benchmarks/`` at a size of seconds."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from benchmarks import complete
from billing.models import LedgerEntry, Rate
from calls.models import Call, CostLine

FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")


def statements(internal: APIClient, call: Call, body: dict[str, Any]) -> list[str]:
    """Those of a completion, without the beginnings and ends of transactions."""
    with CaptureQueriesContext(connection) as captured:
        response = internal.post(f"/api/calls/{call.pk}/complete", body)
    assert response.status_code == 200, response.content
    sent = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in sent if not sql.startswith(FRAME)]


def test_a_completion_takes_so_many_statements_and_a_repeated_one_fewer(
    internal: APIClient,
    start: Callable[..., Call],
    report: Callable[..., Any],
    rates: list[Rate],
) -> None:
    call, body = start(), report()

    first = statements(internal, call, body)
    again = statements(internal, call, body)

    assert CostLine.objects.filter(call=call).count() == 4
    assert len(first) == 3, "\n".join(sql[:170] for sql in first)
    assert len(again) == 2, "\n".join(sql[:170] for sql in again)


@pytest.mark.django_db(transaction=True)
def test_the_plain_way_that_it_is_measured_against_keeps_the_same() -> None:
    complete.main(rounds=1, times=2)  # which compares what both have kept

    assert LedgerEntry.objects.filter(kind="charge").count() == 8
