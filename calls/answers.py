"""What the routes of calls answer besides calls, and what the bot is told."""

from typing import Any, ClassVar

from rest_framework import serializers

from calls.channels import Status
from common.schema import IDS

CALL_ID = IDS["call_id"]


class IceServerOut(serializers.Serializer[Any]):
    """A STUN or TURN server, as ``RTCPeerConnection`` takes it."""

    urls = serializers.ListField(child=serializers.CharField())
    username = serializers.CharField(required=False)
    credential = serializers.CharField(required=False)


class TransportOut(serializers.Serializer[Any]):
    """Where a browser sends its WebRTC offer."""

    type = serializers.ChoiceField(["smallwebrtc"])
    offerUrl = serializers.URLField()
    iceServers = IceServerOut(many=True)


class ConnectedOut(serializers.Serializer[Any]):
    """A web call that waits for the browser's offer."""

    callId = serializers.UUIDField()
    token = serializers.CharField(
        help_text="For this call's signalling alone, for 15 minutes."
    )
    transport = TransportOut()

    example: ClassVar = {
        "callId": CALL_ID,
        "token": "eyJjYWxsIjoi…",
        "transport": {
            "type": "smallwebrtc",
            "offerUrl": f"https://osmtalk.example.com/api/calls/{CALL_ID}/offer",
            "iceServers": [{"urls": ["stun:stun.example.com:3478"]}],
        },
    }


class StartedOut(serializers.Serializer[Any]):
    """A phone call that was begun."""

    callId = serializers.UUIDField()
    status = serializers.ChoiceField(Status.choices)

    example: ClassVar = {"callId": CALL_ID, "status": "active"}


class ChatOut(serializers.Serializer[Any]):
    """What an agent has replied, and where the conversation stands."""

    callId = serializers.UUIDField()
    reply = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(Status.choices)
    turns = serializers.IntegerField(allow_null=True)
    totalTokens = serializers.IntegerField(allow_null=True)

    example: ClassVar = {
        "callId": CALL_ID,
        "reply": "We open at nine.",
        "status": "active",
        "turns": 1,
        "totalTokens": 220,
    }


class SignalOut(serializers.Serializer[Any]):
    """The bot's half of WebRTC signalling: an answer, or that it has the candidates."""

    sdp = serializers.CharField(required=False)
    type = serializers.CharField(required=False)
    pcId = serializers.CharField(required=False)
    status = serializers.CharField(required=False)

    example: ClassVar = {"sdp": "v=0 …", "type": "answer", "pcId": "SmallWebRTC#0"}


class HeartbeatOut(serializers.Serializer[Any]):
    """The calls that the bot must end."""

    end = serializers.ListField(child=serializers.UUIDField())

    example: ClassVar[dict[str, list[str]]] = {"end": []}


class UploadTargetOut(serializers.Serializer[Any]):
    """Where the bot puts the recording."""

    key = serializers.CharField()
    uploadUrl = serializers.URLField()

    example: ClassVar = {
        "key": f"recordings/{CALL_ID}/call.wav",
        "uploadUrl": "https://storage.example.com/call.wav?signature=5f2a",
    }
