"""Text conversations by API."""

import uuid

from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import own_agent
from agents.models import Agent
from calls import conversations
from calls.answers import ChatOut
from calls.channels import Channel, EndReason
from calls.inputs import ChatIn
from calls.lifecycle import CallRequest, draft_call
from calls.models import Call
from common import jsonlog
from common.errors import NotFound
from common.schema import Documented
from orgs.access import needs
from orgs.auth import KeyAccess
from orgs.models import Scope


@Documented(ChatOut, (200, 201), ChatIn, refuses=(402, 502))
@api_view(["POST"])
@permission_classes([needs(Scope.CHAT)])
def chat(request: Request, agent_id: uuid.UUID) -> Response:
    """Write to an agent; the answer holds its reply."""
    return answer(request, agent_id)


@Documented(ChatOut, (200, 201), ChatIn, refuses=(402, 502))
@api_view(["POST"])
@authentication_classes([KeyAccess])
@permission_classes([needs(Scope.CHAT)])
def widget_chat(request: Request, agent_id: uuid.UUID) -> Response:
    """Write to an agent from a page of somebody else's, by key alone."""
    return answer(request, agent_id)


def answer(request: Request, agent_id: uuid.UUID) -> Response:
    body = ChatIn(data=request.data)
    body.is_valid(raise_exception=True)
    wanted = body.validated_data
    agent = own_agent(request, agent_id)
    begins = "callId" not in wanted
    call = (
        draft_call(
            CallRequest(
                agent, Channel.CHAT, dynamic_variables=wanted["dynamicVariables"]
            )
        )
        if begins
        else own_chat(agent, wanted["callId"])
    )
    text = wanted.get("message")
    said = conversations.reply(call, text) if text else None
    if wanted["end"]:
        conversations.finish(call, EndReason.CALLER_HANGUP)
    return Response(
        {
            "callId": str(call.pk),
            "reply": said,
            "status": call.status,
            "turns": call.turns,
            "totalTokens": call.total_tokens,
        },
        status=201 if begins else 200,
    )


def own_chat(agent: Agent, call_id: uuid.UUID) -> Call:
    """A conversation with this agent; any other does not exist."""
    jsonlog.call_id.set(str(call_id))
    calls = Call.objects.of(agent.organization).select_related("organization")
    call = calls.filter(pk=call_id, agent=agent, channel=Channel.CHAT).first()
    if call is None:
        raise NotFound("There is no conversation by that id.")
    return call
