"""Status: whether everything that a call needs is there, and how it was."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.job_rows import job_rows
from console.pages import PageRequest, page, show, show_part
from console.versions import versions
from health import history
from health.history import NAMES, Strip
from health.probes import OK
from health.views import deep_now

# What each dependency is for, and what a call feels while it is away.
TOLD = {
    "api": ("API", "Answers pages, programs and bots"),
    "database": ("PostgreSQL", "Holds calls and money; nothing goes on without it"),
    "redis": ("Redis", "Counts slots; while it is away PostgreSQL does, more slowly"),
    "bot": ("Bot", "Speaks; no call starts while no bot takes calls"),
    "voice_transport": ("Voice transport", "Carries the voices between caller and bot"),
    "minio": ("Recording store", "Keeps recordings; bots hold them while it is away"),
}


@dataclass(frozen=True)
class Dependency:
    """How something is now, and how it was. ``state`` is ``ok`` or the reason."""

    title: str
    purpose: str
    state: str
    strip: Strip

    @property
    def is_ok(self) -> bool:
        return self.state == OK


@page
@require_safe
def status(request: PageRequest) -> HttpResponse:
    """The frame at once; the checks come when they are done."""
    return show(request, "console/status/page.html", {})


@page
@require_safe
def part(request: PageRequest) -> HttpResponse:
    """The checks as they are now, and everything else that changes."""
    found = deep_now()
    strips = {strip.name: strip for strip in history.strips()}
    dependencies = [Dependency(*TOLD[n], found[n], strips[n]) for n in NAMES]
    wrong = [dependency for dependency in dependencies if not dependency.is_ok]
    jobs = job_rows()
    context: dict[str, Any] = {
        "dependencies": dependencies,
        "wrong": wrong,
        "jobs": jobs,
        "bad_jobs": [job for job in jobs if job.state in ("failed", "late")],
        "cron_is_off": not settings.INTERNAL_CRON_ENABLED,
        "versions": versions(),
        "is_staff": request.user.is_staff,
        "now": timezone.now(),
    }
    return show_part(request, "console/status/_part.html", context)
