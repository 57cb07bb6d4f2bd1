"""Agents: which there are, and a call with one in the browser."""

import uuid
from datetime import timedelta

from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.models import Agent
from calls.channels import EndReason
from common.errors import Forbidden, NotFound
from console.pages import PageRequest, page, show

RECENT = timedelta(days=30)


@page
@require_safe
def agents(request: PageRequest) -> HttpResponse:
    since = timezone.now() - RECENT
    recent = Count("calls", filter=Q(calls__started_at__gte=since))
    own = Agent.objects.live().filter(organization=request.access.organization)
    context = {"agents": own.annotate(recent_calls=recent)}
    return show(request, "console/agents/list.html", context)


@page
@require_safe
def talk(request: PageRequest, agent_id: uuid.UUID) -> HttpResponse:
    if not request.access.may_call:
        raise Forbidden("Your role does not allow this. Ask an owner.")
    own = Agent.objects.live().filter(organization=request.access.organization)
    agent = own.filter(pk=agent_id).first()
    if agent is None:
        raise NotFound("There is no agent by that id.")
    context = {"agent": agent, "reasons": EndReason.choices}
    return show(request, "console/agents/talk.html", context)
