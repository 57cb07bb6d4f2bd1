"""Capacity: how full it was, who was refused, and when a larger plan is due."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from psycopg.errors import QueryCanceled

from calls import usage
from calls.load import measure
from console import capacity_figures, planner
from console.capacity_figures import DAY, PERIODS, Figures
from console.gauges import gauges
from console.pages import PageRequest, page, show, show_part
from console.planner_form import PlannerForm
from orgs.models import Organization

MOST_HOLDERS = 200
PATIENCE_MS = 5000
HOURS = {"day": 24, "week": 168}


@page
@require_safe
def capacity(request: PageRequest) -> HttpResponse:
    period = PERIODS.get(request.GET.get("range", ""), DAY)
    context: dict[str, Any] = {"period": period, "periods": PERIODS.values()}
    context |= gauges_now(request) | holders_now(request)
    context["form"] = form = PlannerForm(request.GET, everything=request.user.is_staff)
    try:
        with transaction.atomic():
            be_patient()
            context |= history(request, Figures(period))
            context |= outlook(request, form, HOURS[period.name])
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        context["too_much"] = True
    return show(request, "console/capacity/page.html", context)


@page
@require_safe
def gauge_part(request: PageRequest) -> HttpResponse:
    """The gauges, which change by themselves."""
    return show_part(request, "console/_gauges.html", gauges_now(request))


@page
@require_safe
def holder_part(request: PageRequest) -> HttpResponse:
    """The table of slots, which changes by itself."""
    return show_part(request, "console/capacity/_holders.html", holders_now(request))


def be_patient() -> None:
    """Give up on a question that takes too long, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)]
        )


def scope_of(request: PageRequest) -> Organization | None:
    """Whose calls to show: staff sees everybody's."""
    return None if request.user.is_staff else request.access.organization


def gauges_now(request: PageRequest) -> dict[str, Any]:
    own = request.access.organization
    return {"gauges": gauges(own, everything=request.user.is_staff)}


def holders_now(request: PageRequest) -> dict[str, Any]:
    at = timezone.now()
    held = list(usage.holders(scope_of(request))[: MOST_HOLDERS + 1])
    return {
        "holders": [
            (call, max((at - call.started_at).total_seconds(), 0))
            for call in held[:MOST_HOLDERS]
        ],
        "more_holders": len(held) > MOST_HOLDERS,
        "is_staff": request.user.is_staff,
        "now": at,
    }


def history(request: PageRequest, figures: Figures) -> dict[str, Any]:
    """The charts: one's own limit, and for staff the platform's and all others'."""
    (own,) = figures.of([request.access.organization])
    if not request.user.is_staff:
        return {"charts": [own]}
    organizations, left_out = figures.busiest()
    counts, latest = capacity_figures.episodes(figures.since)
    return {
        "charts": [figures.platform(), own],
        "standings": figures.of(organizations),
        "left_out": left_out,
        "episode_counts": counts,
        "episodes": latest,
        "reconciled_at": capacity_figures.checked_at(),
        "reconciled_late": reconciled_late(),
    }


def reconciled_late() -> bool:
    """Whether the reconciliation has not run for two of its intervals."""
    at = capacity_figures.checked_at()
    late = timedelta(seconds=2 * settings.RECONCILE_INTERVAL_SECS)
    return at is not None and timezone.now() - at > late


def outlook(request: PageRequest, form: PlannerForm, hours: int) -> dict[str, Any]:
    """What the load measured over so many hours would make of other limits."""
    organization = None if form.is_platform else request.access.organization
    present = organization.call_limit if organization else settings.MAX_CONCURRENT_CALLS
    load = measure(hours, organization)
    asked = [("Your figure", form.asked_limit)] if form.asked_limit else []
    return {
        "load": load,
        "busiest": load.busiest,
        "forecast": planner.forecast(load, present, asked, form.factor),
        "whose": organization.name if organization else "the platform",
        "target": planner.TARGET,
        "buffer": planner.BUFFER,
    }
