"""The routes of figures over many calls: statistics, the dashboard, and usage."""

import uuid
from typing import Any

from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import own_agent
from agents.models import Agent
from calls.filters import filtered
from calls.inputs import CallFilters
from calls.models import Call, CallQuerySet
from calls.stats import for_usage, stats_of
from calls.stats_serializers import AgentStatsOut, DashboardOut, StatsQuery, UsageOut
from common.lists import Listing
from common.schema import Documented
from orgs.access import access_of, needs
from orgs.auth import KeyAccess
from orgs.models import Scope

USAGE = Listing("usage", UsageOut, by="started_at", query=CallFilters)


def figures(request: Request, calls: CallQuerySet) -> dict[str, Any]:
    """The statistics of ``calls`` over the range that the request asks for."""
    query = StatsQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    since, until = (query.validated_data[n] for n in ("startedFrom", "startedTo"))
    return {"since": since, "until": until, "stats": stats_of(calls, since, until)}


@Documented(AgentStatsOut, query=StatsQuery)
@api_view(["GET"])
@permission_classes([needs(Scope.READ)])
def agent_stats(request: Request, agent_id: uuid.UUID) -> Response:
    """How an agent's calls went: how many, how long, what they cost."""
    agent = own_agent(request, agent_id)
    calls = Call.objects.of(agent.organization).filter(agent=agent)
    return Response(
        AgentStatsOut({"agent_id": agent.pk} | figures(request, calls)).data
    )


@Documented(DashboardOut, query=StatsQuery)
@api_view(["GET"])
@authentication_classes([KeyAccess])
@permission_classes([needs(Scope.READ)])
def widget_dashboard(request: Request) -> Response:
    """How all calls of the organization went, and how many there are now."""
    organization = access_of(request).organization
    calls = Call.objects.of(organization)
    counts = {
        "agents": Agent.objects.live().filter(organization=organization).count(),
        "active_calls": calls.active().count(),
    }
    return Response(DashboardOut(counts | figures(request, calls)).data)


@Documented(USAGE.page, query=USAGE.query)
@api_view(["GET"])
@permission_classes([needs(Scope.READ)])
def usage(request: Request) -> Response:
    """What each call used and cost, newest first."""
    wanted = USAGE.wanted(request)
    own = Call.objects.of(access_of(request).organization)
    return USAGE.answer(for_usage(filtered(own, wanted)), wanted)
