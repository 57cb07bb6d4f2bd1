"""Agents: which there are, how each does, and a call with one in the browser."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from agents.models import Agent
from calls import analytics
from calls.analytics import Spent
from calls.channels import EndReason
from calls.failures import FAILURES
from calls.latency_series import Waits, series
from calls.models import Call
from common.errors import Forbidden, NotFound
from console.figures import costs as cost_figures
from console.figures import latency as latency_figures
from console.figures import volume as volume_figures
from console.pages import PageRequest, page, show
from console.patience import TookTooLong, patience
from console.range_filters import RangeFilters

NEWEST_CALLS = 10


@dataclass(frozen=True)
class Row:
    """An agent and its last 30 days; ``None`` where there were no calls."""

    agent: Agent
    spent: Spent | None
    waits: Waits | None

    @property
    def minutes(self) -> float:
        return self.spent.seconds / 60 if self.spent else 0


def own_agent(request: PageRequest, agent_id: uuid.UUID) -> Agent:
    """An agent of the organization, archived ones too; any other does not exist."""
    own = Agent.objects.filter(organization=request.access.organization)
    agent = own.filter(pk=agent_id).first()
    if agent is None:
        raise NotFound("There is no agent by that id.")
    return agent


@page
@require_safe
def agents(request: PageRequest) -> HttpResponse:
    organization = request.access.organization
    wanted = RangeFilters({}, organization).wanted()
    context: dict[str, Any] = {}
    spent: dict[uuid.UUID, Spent] = {}
    waits: dict[str, Waits] = {}
    try:
        with patience():
            spent = analytics.spending(wanted).agents
            waits = {found.name: found.whole for found in series(wanted, "agent")}
    except TookTooLong:
        context["too_much"] = True
    own = Agent.objects.live().filter(organization=organization).defer("prompt")
    rows = [Row(agent, spent.get(agent.pk), waits.get(str(agent.pk))) for agent in own]
    return show(request, "console/agents/list.html", context | {"rows": rows})


@page
@require_safe
def agent(request: PageRequest, agent_id: uuid.UUID) -> HttpResponse:
    """One agent: what it costs, how quick it is, its calls, and how it is set up."""
    found = own_agent(request, agent_id)
    filters = RangeFilters(request.GET, request.access.organization)
    own = Call.objects.of(request.access.organization).filter(agent=found)
    context: dict[str, Any] = {
        "agent": found,
        "filters": filters,
        "days": filters.days,
        "agent_query": f"&agent={found.pk}",
        "calls": own.for_list().order_by("-started_at", "-pk")[:NEWEST_CALLS],
    }
    try:
        with patience():
            context |= figures_of(filters, found)
    except TookTooLong:
        context["too_much"] = True
    return show(request, "console/agents/detail.html", context)


def figures_of(filters: RangeFilters, agent: Agent) -> dict[str, Any]:
    wanted, days = filters.wanted(agent.pk), filters.days
    quarters = analytics.volume(wanted)
    waits = series(wanted, "all")
    lines = latency_figures.lines(waits, "p95", days)
    return {
        "mix": volume_figures.mix(quarters),
        "volume": volume_figures.by_day(quarters, days),
        "money": cost_figures.of(analytics.spending(wanted), days, filters.names),
        "waits": waits[0].whole if waits else None,
        "latency": latency_figures.chart(lines, days) if waits else None,
        "latency_table": latency_figures.by_day(lines, days),
    }


@page
@require_safe
def talk(request: PageRequest, agent_id: uuid.UUID) -> HttpResponse:
    if not request.access.may_call:
        raise Forbidden("Your role does not allow this. Ask an owner.")
    agent = own_agent(request, agent_id)
    if agent.archived_at:
        raise NotFound("This agent was removed.")
    broken = ("media_failed", FAILURES["media_failed"].title)
    context = {"agent": agent, "reasons": [*EndReason.choices, broken]}
    return show(request, "console/agents/talk.html", context)
