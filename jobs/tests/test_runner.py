"""A job runs once at a time, and says how it went."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from jobs.models import JobRun
from jobs.runner import LOCKS, key_of, run, running


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Any:
    """The fields of the records with a message."""
    caplog.set_level("INFO")
    return lambda message: [vars(r) for r in caplog.records if r.msg == message]


def test_a_run_logs_job_time_and_result(db: None, logged: Any) -> None:
    assert run("tidy", lambda: {"count": 3}) == {"count": 3}

    (record,) = logged("Internal cron: job completed")
    assert (record["job"], record["result"]) == ("tidy", {"count": 3})
    assert record["ms"] >= 0
    saved = JobRun.objects.get()
    assert (saved.succeeded, saved.result) == (True, {"count": 3})


def test_a_failure_is_logged_kept_and_raised(db: None, logged: Any) -> None:
    run("tidy", lambda: {"count": 3})

    def broken() -> dict[str, Any]:
        raise RuntimeError("no broom")

    with pytest.raises(RuntimeError, match="no broom"):
        run("tidy", broken)

    (record,) = logged("Internal cron: job failed")
    assert record["job"] == "tidy"
    saved = JobRun.objects.get()
    assert not saved.succeeded
    assert saved.last_success_at is not None
    assert saved.result == {"error": "RuntimeError"}


@pytest.fixture
def other_replica(db: None) -> Iterator[psycopg.Connection[Any]]:
    """A connection of another process to the same database."""
    parameters = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port")
    parameters = {name: parameters.get(name) for name in wanted}
    with psycopg.connect(**parameters, autocommit=True) as other:
        yield other


def test_a_run_is_skipped_while_another_replica_runs_it(
    other_replica: psycopg.Connection[Any], logged: Any
) -> None:
    lock = [LOCKS, key_of("tidy")]
    other_replica.execute("SELECT pg_advisory_lock(%s, %s)", lock)

    assert run("tidy", lambda: {"count": 1}) is None

    assert logged("Internal cron: job skipped")
    assert not JobRun.objects.exists()


def test_it_is_known_which_jobs_run_and_which_were_asked_for_meanwhile(
    other_replica: psycopg.Connection[Any],
) -> None:
    run("tidy", lambda: {"count": 1})
    lock = [LOCKS, key_of("tidy")]
    other_replica.execute("SELECT pg_advisory_lock(%s, %s)", lock)

    assert running(["tidy", "sweep"]) == {"tidy"}
    run("tidy", lambda: {"count": 2})

    saved = JobRun.objects.get()
    assert saved.last_skipped_at is not None
    assert saved.result == {"count": 1}


def test_a_replica_that_crashed_holds_no_lock(
    other_replica: psycopg.Connection[Any],
) -> None:
    lock = [LOCKS, key_of("tidy")]
    other_replica.execute("SELECT pg_advisory_lock(%s, %s)", lock)
    other_replica.close()

    # The server notices the end of a connection a moment later.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", lock)
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", lock)

    assert run("tidy", lambda: {"count": 1}) == {"count": 1}
