"""Analytics: how much, at what cost, how quick, and what went wrong."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from calls import analytics
from calls.latency_series import GROUPS, series
from console.charts import heat
from console.figures import costs as cost_figures
from console.figures import failures as failure_figures
from console.figures import latency as latency_figures
from console.figures import volume as volume_figures
from console.pages import PageRequest, page, show
from console.patience import TookTooLong, patience
from console.range_filters import RangeFilters

FIGURES = {"p50": "p50", "p95": "p95", "p99": "p99"}
BY = {
    "all": "All calls",
    "agent": "Agent",
    "llm-provider": "Language provider",
    "llm": "Language model",
    "stt-provider": "Recognition provider",
    "stt": "Recognition model",
    "tts-provider": "Voice provider",
    "tts": "Voice model",
}


def answer(
    request: PageRequest, tab: str, figures: Callable[[RangeFilters], dict[str, Any]]
) -> HttpResponse:
    """The page with ``figures`` of the range that was asked for, or a word on why it
    has none."""
    filters = RangeFilters(request.GET, request.access.organization)
    chosen = filters.agent_id
    context: dict[str, Any] = {
        "filters": filters,
        "days": filters.days,
        "agent_query": f"&agent={chosen}" if chosen else "",
    }
    try:
        with patience():
            context |= figures(filters)
    except TookTooLong:
        context["too_much"] = True
    return show(request, f"console/analytics/{tab}.html", context)


@page
@require_safe
def volume(request: PageRequest) -> HttpResponse:
    """How many calls, when, and how they ended."""

    def figures(filters: RangeFilters) -> dict[str, Any]:
        quarters = analytics.volume(filters.wanted())
        per_hour: Counter[Any] = Counter()
        for quarter in quarters:
            per_hour[timezone.localtime(quarter.at)] += quarter.calls
        return {
            "chart": volume_figures.by_day(quarters, filters.days),
            "mix": volume_figures.mix(quarters),
            "minutes": sum(quarter.seconds for quarter in quarters) / 60,
            "heat": heat.heat(per_hour.items()),
            "hours": range(24),
        }

    return answer(request, "volume", figures)


@page
@require_safe
def costs(request: PageRequest) -> HttpResponse:
    """Where the money went."""

    def figures(filters: RangeFilters) -> dict[str, Any]:
        spending = analytics.spending(filters.wanted())
        return cost_figures.of(spending, filters.days, filters.names)

    return answer(request, "costs", figures)


@page
@require_safe
def latency(request: PageRequest) -> HttpResponse:
    """How long callers waited, and which engine took how much of it."""
    by = request.GET.get("by", "all")
    by = by if by in GROUPS else "all"
    figure = request.GET.get("figure", "p95")
    figure = figure if figure in FIGURES else "p95"

    def figures(filters: RangeFilters) -> dict[str, Any]:
        found = latency_figures.named(series(filters.wanted(), by), by, filters.names)
        lines = latency_figures.lines(found, figure, filters.days)
        return {
            "groups": latency_figures.rows(found),
            "chart": latency_figures.chart(lines, filters.days),
            "lines": lines,
            "table": latency_figures.by_day(lines, filters.days),
            "by": by,
            "by_choices": BY.items(),
            "by_label": BY[by],
            "figure": figure,
            "figure_choices": FIGURES,
            "measure": latency_figures.MEASURES[by.partition("-")[0]],
        }

    return answer(request, "latency", figures)


@page
@require_safe
def failures(request: PageRequest) -> HttpResponse:
    """What went wrong, and on whose side."""

    def figures(filters: RangeFilters) -> dict[str, Any]:
        wanted = filters.wanted()
        spending = analytics.spending(wanted)
        return failure_figures.of(
            analytics.failures(wanted), spending.whole.calls, filters.days
        )

    return answer(request, "failures", figures)
