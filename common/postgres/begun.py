"""Transactions that begin in the round trip of their first statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from psycopg.pq import TransactionStatus


@contextmanager
def begun_with(statements: str, values: dict[str, Any]) -> Iterator[list[Any]]:
    """A durable transaction. Gives the first row of each statement that finds rows,
    ``None`` where there was none.

    psycopg would send ``BEGIN`` on a way of its own and wait for its answer.
    """
    with transaction.atomic(durable=True):
        raw = connection.connection
        # In tests there is a transaction around this one.
        if raw.info.transaction_status == TransactionStatus.IDLE:
            raw.autocommit = True  # of psycopg; to Django the transaction is open
            statements = f"BEGIN; {statements}"
        with connection.cursor() as cursor:
            cursor.execute(statements, values)
            rows = first_rows(cursor)
        yield rows


def first_rows(cursor: Any) -> list[Any]:
    """The first row of each result that is a table."""
    rows = []
    has_more = True
    while has_more:
        if cursor.rownumber is not None:
            rows.append(cursor.fetchone())
        has_more = cursor.nextset()
    return rows
