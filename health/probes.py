"""Checks side by side: each within its own time, none twice at once, shared a second.

However many ask, and however long a dependency hangs, a check occupies one thread, and
a process has at most ``SEATS`` requests that wait for checks.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from django.db import connection

logger = logging.getLogger(__name__)

Check = Callable[[], None]

LIMIT_SECS = 3.0
SHARED_SECS = 1.0
# Requests that may wait for one group of checks; the rest get what was last known. Two
# groups leave half of the eight threads of a gunicorn worker to everybody else.
SEATS = 2
OK, LATE, DOWN, UNKNOWN = "ok", "timed out", "unavailable", "not known"


class Unhealthy(Exception):
    """What a check raises: the reason in one or two words, fit for anybody to read.
    Its cause, if there is one, is for the log."""


class Run:
    """A check under way, or its result."""

    def __init__(self, name: str, check: Check) -> None:
        self._name = name
        self._check = check
        self._ended = threading.Event()
        self._told = threading.Lock()
        self._reason = LATE
        self._began = self._at = time.monotonic()
        # Daemons, so that a hung check does not keep the process from exiting.
        threading.Thread(target=self._work, name=f"health-{name}", daemon=True).start()

    @property
    def is_done(self) -> bool:
        return self._ended.is_set()

    def is_fresh(self, shared_secs: float) -> bool:
        """Whether there is no reason yet to check again."""
        return not self.is_done or time.monotonic() - self._at < shared_secs

    def result(self, limit_secs: float) -> str:
        """``ok`` or the reason; waits until ``limit_secs`` after the check began."""
        if self._ended.wait(max(0.0, self._began + limit_secs - time.monotonic())):
            return self._reason
        self._log(LATE)
        return LATE

    def _work(self) -> None:
        try:
            self._check()
            self._reason = OK
        except Unhealthy as error:
            self._reason = str(error)
            self._log(self._reason, error.__cause__)
        except Exception as error:  # whatever a client library raises means it is down
            self._reason = DOWN
            self._log(DOWN, error)
        finally:
            self._at = time.monotonic()
            self._ended.set()
            connection.close()

    def _log(self, reason: str, error: BaseException | None = None) -> None:
        """One line a run, however many wait for it."""
        if self._told.acquire(blocking=False):
            detail = f"{type(error).__name__}: {error}" if error else ""
            logger.warning(
                "Health check failed",
                extra={"check": self._name, "reason": reason, "error": detail},
            )


class Probe:
    """A dependency that is checked when somebody asks, at most once a second."""

    def __init__(
        self,
        name: str,
        check: Check,
        *,
        limit_secs: float = LIMIT_SECS,
        shared_secs: float = SHARED_SECS,
    ) -> None:
        self.limit_secs = limit_secs
        self.last = UNKNOWN
        self._name = name
        self._check = check
        self._shared_secs = shared_secs
        self._lock = threading.Lock()
        self._run: Run | None = None

    def ask(self) -> Run:
        """A result that is fresh, or the run that will have it."""
        with self._lock:
            if not (self._run and self._run.is_fresh(self._shared_secs)):
                self._run = Run(self._name, self._check)
            return self._run

    def forget(self) -> None:
        """Know nothing, as at the start."""
        with self._lock:
            self.last, self._run = UNKNOWN, None

    def result_of(self, run: Run) -> str:
        """``ok`` or the reason, from a run that ``ask`` gave."""
        self.last = run.result(self.limit_secs)
        return self.last


class Probes:
    """A group of probes that is asked as one."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes
        self.members = tuple(probes.values())
        self._seats = threading.BoundedSemaphore(SEATS)

    def results(self) -> dict[str, str]:
        """``ok`` or a reason in one or two words for each check, by name."""
        runs = {name: probe.ask() for name, probe in self._probes.items()}
        known = {name: probe.last for name, probe in self._probes.items()}
        if all(run.is_done for run in runs.values()) or UNKNOWN in known.values():
            return self._collect(runs)
        if not self._seats.acquire(blocking=False):
            return known
        try:
            return self._collect(runs)
        finally:
            self._seats.release()

    def _collect(self, runs: Mapping[str, Run]) -> dict[str, str]:
        # Of these runs: one that ended early is not begun again for a slow neighbour.
        return {name: self._probes[name].result_of(run) for name, run in runs.items()}
