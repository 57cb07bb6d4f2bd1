"""Runs a job once at a time, and says how it went in words that people alert on."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

from django.db import connection
from django.utils import timezone

from jobs.models import JobRun

logger = logging.getLogger(__name__)

# The first half of the key names jobs among the advisory locks of this database.
LOCKS = 0x6A6F6273  # "jobs"

# PostgreSQL shows a lock's second key without its sign.
HELD_LOCKS = """
    SELECT objid::bigint FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE locktype = 'advisory' AND granted AND classid::bigint = %s
        AND d.datname = current_database()
"""

Result = dict[str, Any]


def run(
    name: str, job: Callable[[], Result], *, level: int = logging.INFO
) -> Result | None:
    """Run ``job``; ``None`` if it is running already, here or on another machine.

    Success is logged at ``level``. What the job raises is logged and raised again.
    """
    with only_one(name) as alone:
        if not alone:
            logger.log(level, "Internal cron: job skipped", extra={"job": name})
            JobRun.objects.filter(name=name).update(last_skipped_at=timezone.now())
            return None
        return _run(name, job, level)


def _run(name: str, job: Callable[[], Result], level: int) -> Result:
    started_at, started = timezone.now(), time.perf_counter()

    def record(succeeded: bool, result: Result | None) -> int:
        ms = round((time.perf_counter() - started) * 1000)
        columns = {
            "started_at": started_at,
            "ms": ms,
            "succeeded": succeeded,
            "result": result,
        }
        if succeeded:
            columns["last_success_at"] = started_at
        JobRun.objects.update_or_create(name=name, defaults=columns)
        return ms

    try:
        result = job()
    except Exception as error:
        logger.exception("Internal cron: job failed", extra={"job": name})
        record(False, {"error": type(error).__name__})
        raise
    ms = record(True, result)
    logger.log(
        level,
        "Internal cron: job completed",
        extra={"job": name, "ms": ms, "result": result},
    )
    return result


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Whether this process has the job to itself until the end of the block.

    The lock is the connection's, so that it holds for every replica and ends with a
    crash.
    """
    lock = [LOCKS, key_of(name)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", lock)
        alone: bool = cursor.fetchone()[0]
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", lock)


def running(names: Iterable[str]) -> set[str]:
    """Those of the jobs that run now, here or on another machine."""
    with connection.cursor() as cursor:
        cursor.execute(HELD_LOCKS, [LOCKS])
        held = {key for (key,) in cursor.fetchall()}
    return {name for name in names if key_of(name) % 2**32 in held}


def key_of(name: str) -> int:
    """A job's number among the locks of jobs, within PostgreSQL's integer."""
    return crc32(name.encode()) - 2**31
