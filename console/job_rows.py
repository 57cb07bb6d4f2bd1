"""How each job last went, when it is due again, and whether somebody has to look."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.schedules import crontab
from django.conf import settings
from django.utils import timezone

from health.models import HealthSample
from jobs import work
from jobs.models import JobRun
from jobs.runner import running

NOTE_HEALTH = "note-health"
PURPOSES = {
    work.SWEEP: "Ends calls that nobody has ended",
    work.RECONCILE: "Compares Redis' slots with the calls",
    work.LOST_CALLS: "Ends calls whose bot is gone",
    work.PEAKS: "Keeps the most calls at once of each minute",
    work.INSPECT: "Reads length and waveform of new recordings",
    work.EXPIRE: "Removes recordings past their time",
    work.ORPHANS: "Removes recordings that no call has",
    work.IDLE_CHATS: "Ends chats in which nobody writes any more",
    work.SEND_WEBHOOKS: "Sends webhooks that could not be sent at once",
    work.OLD_WEBHOOKS: "Forgets deliveries of webhooks past their time",
    work.ANSWERS: "Forgets answers kept for starts that are sent twice",
    NOTE_HEALTH: "Keeps what the health checks found",
}
# A run that starts this much late, or one interval late, says that the worker is away.
PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class JobRow:
    """``state`` is ``ok``, ``failed``, ``running``, ``late``, ``waiting`` for its first
    run, or ``outside``: somebody else starts it, and has not yet."""

    name: str
    purpose: str
    state: str
    every: str = ""
    run: JobRun | None = None
    next_at: datetime | None = None

    @property
    def error(self) -> str:
        """The kind of the last failure."""
        result = self.run.result if self.run else None
        return str(result.get("error", "")) if result and not self.succeeded else ""

    @property
    def succeeded(self) -> bool:
        return bool(self.run and self.run.succeeded)

    @property
    def results(self) -> list[tuple[str, Any]]:
        """What the last run answered, by name; moments as such."""
        result = self.run.result if self.run else None
        if not result or not self.succeeded:
            return []
        return [(name, moment(value)) for name, value in sorted(result.items())]


def job_rows() -> list[JobRow]:
    """All jobs that are known, that are on the schedule, or that ever ran."""
    now = timezone.now()
    runs = JobRun.objects.in_bulk()
    if sample := HealthSample.objects.order_by("-at").only("at").first():
        runs[NOTE_HEALTH] = JobRun(
            name=NOTE_HEALTH, started_at=sample.at, last_success_at=sample.at,
            ms=0, succeeded=True,
        )  # fmt: skip
    names = list(dict.fromkeys([*PURPOSES, *settings.CELERY_BEAT_SCHEDULE, *runs]))
    busy = running(names)
    return [row(name, runs.get(name), name in busy, now) for name in names]


def row(name: str, run: JobRun | None, is_running: bool, now: datetime) -> JobRow:
    entry = settings.CELERY_BEAT_SCHEDULE.get(name)
    schedule = entry["schedule"] if entry else None
    next_at = due(schedule, run) if run else None
    if is_running:
        state = "running"
    elif run and not run.succeeded:
        state = "failed"
    elif run is None:
        state = "waiting" if schedule else "outside"
    elif next_at and now > next_at + patience(schedule):
        state = "late"
    else:
        state = "ok"
    purpose = PURPOSES.get(name, "")
    return JobRow(name, purpose, state, words(schedule), run, next_at)


def moment(value: Any) -> Any:
    """A moment that was written for programs; anything else as it is."""
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(value)
    return value


def due(schedule: Any, run: JobRun) -> datetime | None:
    """When it should run next; ``None`` if nobody here starts it."""
    if schedule is None:
        return None
    if isinstance(schedule, crontab):
        left: timedelta = schedule.remaining_estimate(run.started_at)
        return timezone.now() + left
    return run.started_at + timedelta(seconds=schedule)


def patience(schedule: Any) -> timedelta:
    if isinstance(schedule, crontab):
        return PATIENCE
    return max(PATIENCE, timedelta(seconds=schedule))


def words(schedule: Any) -> str:
    if schedule is None:
        return "by a scheduler of yours"
    if isinstance(schedule, crontab):
        given: Any = schedule
        (hour,), (minute,) = given.hour, given.minute
        return f"daily at {hour:02}:{minute:02} UTC"
    if schedule % 3600 == 0:
        return "every hour" if schedule == 3600 else f"every {schedule // 3600} h"
    if schedule % 60 == 0:
        return "every minute" if schedule == 60 else f"every {schedule // 60} min"
    return f"every {schedule} s"
