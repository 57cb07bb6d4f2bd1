"""A call and its figures, as the documents of the API show them."""

from typing import Any

from agents.examples import AGENT, AGENT_ID
from calls.answers import CALL_ID

CALL_ROW: dict[str, Any] = {
    "id": CALL_ID,
    "agentId": AGENT_ID,
    "agentName": "Receptionist",
    "channel": "web",
    "direction": "inbound",
    "status": "completed",
    "failureReason": None,
    "from": "",
    "to": "",
    "startedAt": "2026-11-24T10:00:00Z",
    "endedAt": "2026-11-24T10:01:33.400000Z",
    "durationSeconds": 93.4,
    "turns": 8,
    "totalTokens": 1620,
    "avgLatency": 1.42,
    "costTotal": "7.35",
    "billingStatus": "charged",
    "hasRecording": True,
}

COSTS = {
    "costLlm": "0.11",
    "costStt": "0.93",
    "costTts": "6.31",
    "costSip": "0.00",
}

CALL: dict[str, Any] = {
    **CALL_ROW,
    "ringingAt": None,
    "answeredAt": None,
    "answeredBy": None,
    "hangupCause": None,
    "transferredTo": None,
    "endReason": "caller_hangup",
    "failure": None,
    "interruptions": 1,
    "transcript": [
        {"role": "assistant", "text": "Hello, this is the clinic.", "at": 0.4},
        {"role": "user", "text": "When do you open?", "at": 3.2, "until": 4.9},
    ],
    "metrics": {"turns": 8, "avgLatency": 1.42, "events": []},
    **COSTS,
    "costLines": [
        {
            "component": "stt",
            "provider": "deepgram",
            "model": "nova-3",
            "quantity": "93.4",
            "unit": "second",
            "unitPrice": "0.009776",
            "rateId": 41,
            "amount": "0.9130784",
        }
    ],
    "isUnpriced": False,
    "recordingUrl": "https://storage.example.com/call.wav?signature=5f2a",
    "agentConfig": {
        name: AGENT[name] for name in AGENT if name not in ("createdAt", "updatedAt")
    },
}

STATS: dict[str, Any] = {
    "startedFrom": "2026-10-25T00:00:00Z",
    "startedTo": "2026-11-24T00:00:00Z",
    "calls": 214,
    "completed": 207,
    "failed": 5,
    "minutes": 391.5,
    **COSTS,
    "costTotal": "7.35",
    "latencyP50": 1.21,
    "latencyP95": 2.04,
}

USAGE: dict[str, Any] = {
    "callId": CALL_ID,
    "agentId": AGENT_ID,
    "agentName": "Receptionist",
    "channel": "web",
    "startedAt": "2026-11-24T10:00:00Z",
    "durationSeconds": 93.4,
    "totalTokens": 1620,
    **COSTS,
    "costTotal": "7.35",
    "isUnpriced": False,
    "billingStatus": "charged",
}

REPORT: dict[str, Any] = {
    "status": "completed",
    "endedAt": "2026-11-24T10:01:33.400000Z",
    "durationSecs": 93.4,
    "endReason": "caller_hangup",
    "transcript": CALL["transcript"],
    "metrics": {
        "turns": 8,
        "interruptions": 1,
        "avgLatency": 1.42,
        "totalPromptTokens": 1240,
        "totalCompletionTokens": 380,
        "totalTtsCharacters": 2104,
        "events": [],
    },
    "usage": {"sttSeconds": 93.4},
}
