"""A transaction that begins in the round trip of its first statements."""

from typing import Any

import pytest
from django.db import DataError, connection, transaction
from psycopg.pq import TransactionStatus

from common.postgres.begun import begun_with

pytestmark = pytest.mark.django_db(transaction=True)

TWO = "SET LOCAL lock_timeout = 1; SELECT %(one)s; SELECT 1 WHERE false"


def status() -> TransactionStatus:
    connection.ensure_connection()
    raw: Any = connection.connection
    return TransactionStatus(raw.info.transaction_status)


def created(table: str) -> bool:
    return table in connection.introspection.table_names()


def test_the_first_row_of_each_statement_that_finds_any_is_given() -> None:
    with begun_with(TWO, {"one": 1}) as rows:
        assert status() == TransactionStatus.INTRANS

    assert rows == [(1,), None]
    assert status() == TransactionStatus.IDLE


def test_what_is_written_is_kept_together_or_not_at_all() -> None:
    with pytest.raises(ZeroDivisionError), begun_with("CREATE TABLE tried ()", {}):
        raise ZeroDivisionError
    assert not created("tried")

    with begun_with("CREATE TABLE tried ()", {}), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tried_too ()")
    assert created("tried")
    assert created("tried_too")

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE tried, tried_too")


def test_a_statement_that_fails_leaves_no_transaction_behind() -> None:
    with (
        pytest.raises(DataError, match="division by zero"),
        begun_with("SELECT 1 / 0", {}),
    ):
        pass

    assert status() == TransactionStatus.IDLE


def test_what_waits_for_the_commit_happens_after_it() -> None:
    happened = []

    with begun_with("SELECT 1", {}):
        transaction.on_commit(lambda: happened.append(status()))
        assert happened == []

    assert happened == [TransactionStatus.IDLE]


def test_it_is_never_part_of_another() -> None:
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="durable"),
        begun_with("SELECT 1", {}),
    ):
        pass
