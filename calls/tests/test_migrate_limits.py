"""A migration of a table of millions of calls is not cut off as a request is."""

from typing import Any

from django.core.management.sql import (
    emit_post_migrate_signal,
    emit_pre_migrate_signal,
)
from django.db import connection

from common.postgres.base import ANSWER_SECS


def limits() -> tuple[str, float | None]:
    """Of the server, and of the client in seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        raw: Any = connection.connection
        return cursor.fetchone()[0], raw.patience_secs


def test_only_a_migration_has_the_time_it_takes(db: None) -> None:
    before = limits()
    emit_pre_migrate_signal(verbosity=0, interactive=False, db="default")
    meanwhile = limits()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")

    assert before == limits() == ("30s", ANSWER_SECS)
    assert meanwhile == ("0", None)
