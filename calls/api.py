"""The routes of calls: each parses, calls one function, and answers."""

import uuid

from django.conf import settings
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import own_agent
from agents.models import PhoneNumber
from calls import bot_client, lifecycle, phone, recordings, reports, tokens, transfer
from calls.answers import (
    ConnectedOut,
    HeartbeatOut,
    SignalOut,
    StartedOut,
    UploadTargetOut,
)
from calls.channels import Channel, Status
from calls.filters import filtered
from calls.ice import ice_servers
from calls.inputs import (
    CallFilters,
    CandidatesIn,
    ConnectIn,
    HeartbeatIn,
    OfferIn,
    OutboundIn,
    ReportIn,
    TransferIn,
)
from calls.models import Call
from calls.serializers import CallListOut, CallOut
from common import jsonlog
from common.api import IsInternal
from common.errors import NotFound
from common.lists import Listing
from common.schema import START, Documented
from orgs.access import access_of, needs
from orgs.auth import KeyAccess
from orgs.models import Scope

CALLS = Listing("calls", CallListOut, by="started_at", query=CallFilters)
# Made once: a serializer copies all of its fields, which takes longer than their use.
REPORT, CALL = ReportIn(), CallOut()
# Who has no token for the call.
SIGNAL = (401,)


def own_call(request: Request, call_id: uuid.UUID) -> Call:
    """A call of the asker's organization; another's does not exist for them."""
    jsonlog.call_id.set(str(call_id))
    calls = Call.objects.of(access_of(request).organization)
    call = calls.select_related("agent", "leg").filter(pk=call_id).first()
    if call is None:
        raise NotFound("There is no call by that id.")
    return call


@Documented(ConnectedOut, 201, ConnectIn, refuses=START)
@api_view(["POST"])
@permission_classes([needs(Scope.VOICE)])
def connect(request: Request, agent_id: uuid.UUID) -> Response:
    """Start a web voice call."""
    return start_web_call(request, agent_id)


@Documented(ConnectedOut, 201, ConnectIn, refuses=START)
@api_view(["POST"])
@authentication_classes([KeyAccess])
@permission_classes([needs(Scope.VOICE)])
def widget_connect(request: Request, agent_id: uuid.UUID) -> Response:
    """Start a web voice call from a page of somebody else's, by key alone."""
    return start_web_call(request, agent_id)


def start_web_call(request: Request, agent_id: uuid.UUID) -> Response:
    body = ConnectIn(data=request.data)
    body.is_valid(raise_exception=True)
    call = lifecycle.start_call(
        lifecycle.CallRequest(
            agent=own_agent(request, agent_id),
            channel=Channel.WEB,
            dynamic_variables=body.validated_data["dynamicVariables"],
        )
    )
    return Response(
        {
            "callId": str(call.pk),
            "token": tokens.make(call.pk),
            "transport": {
                "type": "smallwebrtc",
                "offerUrl": f"{settings.PUBLIC_URL}/api/calls/{call.pk}/offer",
                "iceServers": ice_servers(str(call.pk)),
            },
        },
        status=201,
    )


@Documented(StartedOut, 201, OutboundIn, refuses=START)
@api_view(["POST"])
@permission_classes([needs(Scope.VOICE)])
def outbound(request: Request) -> Response:
    """Start a phone call."""
    return start_phone_call(request)


@Documented(StartedOut, 201, OutboundIn, refuses=START)
@api_view(["POST"])
@authentication_classes([KeyAccess])
@permission_classes([needs(Scope.VOICE)])
def widget_outbound(request: Request) -> Response:
    """Start a phone call from a page of somebody else's, by key alone."""
    return start_phone_call(request)


def start_phone_call(request: Request) -> Response:
    body = OutboundIn(data=request.data)
    body.is_valid(raise_exception=True)
    data = body.validated_data
    number = PhoneNumber.objects.filter(
        pk=data["phoneNumberId"],
        organization=access_of(request).organization,
        is_active=True,
    ).first()
    if number is None:
        raise NotFound("There is no phone number by that id.")
    call = phone.call_out(
        own_agent(request, data["agentId"]),
        number,
        data["destination"],
        data["dynamicVariables"],
    )
    return Response({"callId": str(call.pk), "status": call.status}, status=201)


@Documented(CALLS.page, query=CALLS.query)
@api_view(["GET"])
@permission_classes([needs(Scope.READ)])
def calls(request: Request) -> Response:
    """The organization's calls, newest first."""
    return list_calls(request)


@Documented(CALLS.page, query=CALLS.query)
@api_view(["GET"])
@authentication_classes([KeyAccess])
@permission_classes([needs(Scope.READ)])
def widget_calls(request: Request) -> Response:
    """The organization's calls for a page of somebody else's."""
    return list_calls(request)


def list_calls(request: Request) -> Response:
    wanted = CALLS.wanted(request)
    own = Call.objects.of(access_of(request).organization)
    return CALLS.answer(filtered(own, wanted).for_list(), wanted)


@Documented(CallOut)
@api_view(["GET"])
@permission_classes([needs(Scope.READ)])
def call_details(request: Request, call_id: uuid.UUID) -> Response:
    """Everything about a call."""
    return Response(CallOut(own_call(request, call_id)).data)


@Documented(CallOut)
@api_view(["GET"])
@authentication_classes([KeyAccess])
@permission_classes([needs(Scope.READ)])
def widget_call(request: Request, call_id: uuid.UUID) -> Response:
    """Everything about a call, for a page of somebody else's."""
    return Response(CallOut(own_call(request, call_id)).data)


@Documented(CallOut)
@api_view(["POST"])
@permission_classes([needs(Scope.VOICE)])
def end(request: Request, call_id: uuid.UUID) -> Response:
    """Hang up. A call that has ended already is answered as it is."""
    return Response(CallOut(lifecycle.hang_up(own_call(request, call_id))).data)


@Documented(CallOut, body=TransferIn)
@api_view(["POST"])
@permission_classes([needs(Scope.VOICE)])
def transfer_call(request: Request, call_id: uuid.UUID) -> Response:
    """Hand a phone call to a person."""
    body = TransferIn(data=request.data)
    body.is_valid(raise_exception=True)
    data = body.validated_data
    call = transfer.hand_over(
        own_call(request, call_id), data["destination"], data["summary"]
    )
    return Response(CallOut(call).data)


@Documented(CallOut, body=ReportIn)
@api_view(["POST"])
@authentication_classes([])
@permission_classes([IsInternal])
def complete(request: Request, call_id: uuid.UUID) -> Response:
    """Take the bot's report at the end of a call."""
    jsonlog.call_id.set(str(call_id))
    report = ReportIn.report(REPORT.run_validation(request.data))
    return Response(CALL.to_representation(reports.complete_call(call_id, report)))


@Documented(UploadTargetOut)
@api_view(["POST"])
@authentication_classes([])
@permission_classes([IsInternal])
def upload_url(request: Request, call_id: uuid.UUID) -> Response:
    """A fresh link for the call's recording, for when the first has expired."""
    call = Call.objects.filter(pk=call_id).first()
    if call is None:
        raise NotFound("There is no call by that id.")
    return Response(recordings.upload_target(call))


@Documented(HeartbeatOut, body=HeartbeatIn)
@api_view(["POST"])
@authentication_classes([])
@permission_classes([IsInternal])
def heartbeat(request: Request) -> Response:
    """Note which calls a bot has; answer those that it must end."""
    body = HeartbeatIn(data=request.data)
    body.is_valid(raise_exception=True)
    data = body.validated_data
    end = lifecycle.confirm(data["calls"], data["botUrl"])
    return Response({"end": [str(call_id) for call_id in end]})


@Documented(SignalOut, body=OfferIn, refuses=SIGNAL, method="POST", name="offer")
@Documented(
    SignalOut,
    body=CandidatesIn,
    refuses=SIGNAL,
    method="PATCH",
    name="add_candidates",
    says="Pass on ICE candidates that a browser has found after its offer.",
)
@api_view(["POST", "PATCH"])
@authentication_classes([])
@permission_classes([AllowAny])
def offer(request: Request, call_id: uuid.UUID) -> Response:
    """Pass a browser's WebRTC signalling on to the call's bot."""
    jsonlog.call_id.set(str(call_id))
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not tokens.is_for(token, call_id):
        raise NotAuthenticated("The token is not valid for this call.")
    call = Call.objects.filter(pk=call_id, status=Status.ACTIVE).first()
    if call is None:
        raise NotFound("This call has ended.")
    kind = OfferIn if request.method == "POST" else CandidatesIn
    body: OfferIn | CandidatesIn = kind(data=request.data)
    body.is_valid(raise_exception=True)
    return Response(
        bot_client.signal(call, request.method or "POST", body.validated_data)
    )
