"""Runs checks side by side, each within its own time. Reasons go to the log alone."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late

from django.db import connection

from health.checks import Unhealthy

logger = logging.getLogger(__name__)

Check = Callable[[], None]

LIMIT_SECS = 3.0
# Threads stay with a check that hangs; there are enough for the next probe's.
pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="health")


def run(checks: Mapping[str, Check], limit_secs: float = LIMIT_SECS) -> dict[str, str]:
    """``ok`` or a reason in one or two words for each check, by name."""
    deadline = time.monotonic() + limit_secs
    futures = {name: pool.submit(alone, check) for name, check in checks.items()}
    return {name: result(name, future, deadline) for name, future in futures.items()}


def alone(check: Check) -> None:
    """Run a check in a thread, which keeps a database connection of its own."""
    try:
        check()
    except Exception:
        connection.close()
        raise


def result(name: str, future: Future[None], deadline: float) -> str:
    try:
        future.result(timeout=max(0, deadline - time.monotonic()))
    except Late:
        future.cancel()
        reason = "timed out"
    except Unhealthy as error:
        reason = str(error)
    except Exception as error:  # whatever a client library raises means it is down
        logger.warning("Health check failed", extra={"check": name}, exc_info=error)
        return "unavailable"
    else:
        return "ok"
    logger.warning("Health check failed", extra={"check": name, "reason": reason})
    return reason
