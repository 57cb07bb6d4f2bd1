"""The routes of agents and phone numbers: each parses, calls one function, answers."""

import uuid
from typing import Any

from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.request import Request
from rest_framework.response import Response

from agents import editing
from agents.models import Agent, Carrier, PhoneNumber
from agents.serializers import (
    AgentChange,
    AgentIn,
    AgentOut,
    PhoneNumberOut,
    WidgetAgentOut,
)
from common.errors import NotFound
from common.lists import Listing
from common.schema import Documented
from orgs.access import HasScope, access_of, needs
from orgs.auth import KeyAccess
from orgs.models import Scope

AGENTS = Listing("agents", AgentOut, by="created_at")
WIDGET_AGENTS = Listing("agents", WidgetAgentOut, by="created_at")
PHONE_NUMBERS = Listing("phoneNumbers", PhoneNumberOut, by="created_at")

Reads, Manages = needs(Scope.READ), needs(Scope.MANAGE)


class ReadsOrManages(HasScope):
    """To look takes less than to change."""

    def has_permission(self, request: Request, view: Any) -> bool:
        looks = request.method in ("GET", "HEAD", "OPTIONS")
        return (Reads if looks else Manages)().has_permission(request, view)


def own_agent(request: Request, agent_id: uuid.UUID) -> Agent:
    """An agent of the asker's organization; another's does not exist for them."""
    agents = Agent.objects.live().filter(organization=access_of(request).organization)
    agent = agents.select_related("organization").filter(pk=agent_id).first()
    if agent is None:
        raise NotFound("There is no agent by that id.")
    return agent


@Documented(
    AGENTS.page,
    query=AGENTS.query,
    method="GET",
    name="agents",
    says="The organization's agents, the newest first.",
)
@Documented(
    AgentOut,
    201,
    AgentIn,
    method="POST",
    name="create_agent",
    says="Make an agent. What is left out has its usual value.",
)
@api_view(["GET", "POST"])
@permission_classes([ReadsOrManages])
def agents(request: Request) -> Response:
    """The organization's agents, the newest first; or a new one."""
    organization = access_of(request).organization
    if request.method == "POST":
        body = AgentIn(data=request.data)
        body.is_valid(raise_exception=True)
        agent = editing.create_agent(organization, body.validated_data)
        return Response(AgentOut(agent).data, status=201)
    rows = Agent.objects.live().filter(organization=organization)
    return AGENTS.answer(rows, AGENTS.wanted(request))


@Documented(AgentOut, method="GET", name="agent", says="An agent.")
@Documented(
    AgentOut,
    body=AgentChange,
    method="PUT",
    name="change_agent",
    says="Change an agent. What is left out stays as it is, and so do calls that have "
    "begun.",
)
@Documented(
    None,
    204,
    method="DELETE",
    name="remove_agent",
    says="Remove an agent. Its calls stay, and what they cost.",
)
@api_view(["GET", "PUT", "DELETE"])
@permission_classes([ReadsOrManages])
def agent(request: Request, agent_id: uuid.UUID) -> Response:
    """An agent: as it is, with changes, or no more."""
    found = own_agent(request, agent_id)
    if request.method == "DELETE":
        editing.remove_agent(found)
        return Response(status=204)
    if request.method == "PUT":
        # What is left out keeps its value.
        body = AgentChange(found, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        editing.change_agent(found, body.validated_data)
    return Response(AgentOut(found).data)


@Documented(WIDGET_AGENTS.page, query=WIDGET_AGENTS.query)
@api_view(["GET"])
@authentication_classes([KeyAccess])
@permission_classes([needs(Scope.READ, Scope.VOICE, Scope.CHAT)])
def widget_agents(request: Request) -> Response:
    """The agents that a widget may offer."""
    own = Agent.objects.live().filter(organization=access_of(request).organization)
    return WIDGET_AGENTS.answer(own, WIDGET_AGENTS.wanted(request))


@Documented(PHONE_NUMBERS.page, query=PHONE_NUMBERS.query)
@api_view(["GET"])
@authentication_classes([KeyAccess])
@permission_classes([needs(Scope.READ, Scope.VOICE)])
def widget_phone_numbers(request: Request) -> Response:
    """The numbers that telephones can be called from."""
    own = PhoneNumber.objects.filter(
        organization=access_of(request).organization,
        provider=Carrier.PLIVO,
        is_active=True,
    )
    return PHONE_NUMBERS.answer(own, PHONE_NUMBERS.wanted(request))
