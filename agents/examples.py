"""An agent and a phone number, as the documents of the API show them."""

from typing import Any

from common.schema import IDS

AGENT_ID = IDS["agent_id"]

AGENT_INPUT: dict[str, Any] = {
    "name": "Receptionist",
    "prompt": "You are the receptionist of a clinic.",
    "greeting": "Hello, this is the clinic.",
    "language": "en-IN",
    "llmProvider": "openai",
    "llmModel": "gpt-4.1-mini",
    "sttProvider": "deepgram",
    "sttModel": "nova-3",
    "ttsProvider": "deepgram",
    "ttsModel": "aura-2",
    "enableCallRecording": True,
}

AGENT: dict[str, Any] = {
    "id": AGENT_ID,
    **AGENT_INPUT,
    "temperature": 0.7,
    "maxTokens": 1024,
    "ttsVoice": "",
    "fallbackTtsProvider": "elevenlabs",
    "fallbackTtsModel": "eleven_flash_v2_5",
    "fallbackTtsVoice": "21m00Tcm4TlvDq8ikWAM",
    "saveTranscripts": True,
    "maxDurationSecs": 1800,
    "idleTimeoutSecs": 15,
    "voicemailAction": "hang_up",
    "voicemailMessage": "",
    "vadConfidence": 0.7,
    "vadStartSecs": 0.2,
    "vadStopSecs": 0.2,
    "vadMinVolume": 0.6,
    "createdAt": "2026-11-01T09:00:00Z",
    "updatedAt": "2026-11-20T09:00:00Z",
}

WIDGET_AGENT = {name: AGENT[name] for name in ("id", "name", "greeting", "language")}

PHONE_NUMBER: dict[str, Any] = {
    "id": "5a0c7a0e-9d6c-4ad5-8a2b-7f0f6d1f3c77",
    "number": "+912071177000",
    "label": "Front desk",
    "agentId": AGENT_ID,
}
