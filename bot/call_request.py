"""What the api sends to start a call, as frozen values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# It names a folder in the spool.
_CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
CHANNELS = ("web", "phone", "whatsapp_call")


class InvalidRequest(Exception):
    """A body that cannot start a call; the text says why, for people."""


@dataclass(frozen=True)
class Engine:
    """One engine of an agent: the provider's name, its model and voice."""

    provider: str
    model: str = ""
    voice: str = ""


@dataclass(frozen=True)
class Agent:
    """An agent's configuration as it was when the call was admitted."""

    prompt: str = ""
    greeting: str = ""
    language: str = "en-IN"
    llm: Engine = Engine("offline")
    stt: Engine = Engine("offline")
    tts: Engine = Engine("offline")
    fallback_tts: Engine | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    record: bool = False
    save_transcripts: bool = True
    max_duration_secs: float = 1800.0
    idle_timeout_secs: float = 0.0
    vad_confidence: float = 0.7
    vad_start_secs: float = 0.2
    vad_stop_secs: float = 0.2
    vad_min_volume: float = 0.6


@dataclass(frozen=True)
class UploadTarget:
    """Where a recording goes: the store's key and a URL that takes a PUT."""

    key: str
    url: str


@dataclass(frozen=True)
class IceServer:
    """One STUN or TURN server."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


@dataclass(frozen=True)
class CallRequest:
    """A call that the api has admitted."""

    call_id: str
    organization_id: str
    channel: str
    direction: str
    started_at: str
    agent: Agent
    variables: Mapping[str, str] = field(default_factory=dict)
    upload: UploadTarget | None = None
    ice_servers: tuple[IceServer, ...] = ()
    # How long the caller may take to be there; None: as the process has it.
    connect_timeout_secs: float | None = None


def parse(body: Any) -> CallRequest:
    """Read the body of `POST /calls`.

    Raises:
        InvalidRequest: something is missing or of the wrong kind.
    """
    source = Fields(body, "body")
    channel = source.text("channel", "web")
    if channel not in CHANNELS:
        raise InvalidRequest(f"channel takes one of {', '.join(CHANNELS)}.")
    call_id = source.text("callId")
    if not _CALL_ID.fullmatch(call_id):
        raise InvalidRequest("callId takes up to 128 letters, digits and dashes.")
    recording = source.value.get("recording")
    return CallRequest(
        call_id=call_id,
        organization_id=source.text("organizationId", ""),
        channel=channel,
        direction=source.text("direction", "inbound"),
        started_at=source.text("startedAt", ""),
        agent=parse_agent(Fields(source.value.get("agent"), "agent")),
        variables=variables(source.value.get("dynamicVariables")),
        upload=_upload(Fields(recording, "recording")) if recording else None,
        ice_servers=tuple(
            _ice_server(Fields(item, "iceServers"))
            for item in source.items("iceServers")
        ),
        connect_timeout_secs=source.optional_number("connectTimeoutSecs"),
    )


def parse_agent(source: "Fields") -> Agent:
    """An agent's configuration as the api freezes it; raises ``InvalidRequest``."""
    fallback = _engine(source, "fallbackTts")
    return Agent(
        prompt=source.text("prompt", ""),
        greeting=source.text("greeting", ""),
        language=source.text("language", "") or "en-IN",
        llm=_engine(source, "llm"),
        stt=_engine(source, "stt"),
        tts=_engine(source, "tts"),
        fallback_tts=fallback if source.text("fallbackTtsProvider", "") else None,
        temperature=source.optional_number("temperature"),
        max_tokens=_whole(source.optional_number("maxTokens")),
        record=bool(source.value.get("enableCallRecording")),
        save_transcripts=source.value.get("saveTranscripts") is not False,
        max_duration_secs=source.number("maxDurationSecs", 1800),
        idle_timeout_secs=source.number("idleTimeoutSecs", 0),
        vad_confidence=source.number("vadConfidence", 0.7),
        vad_start_secs=source.number("vadStartSecs", 0.2),
        vad_stop_secs=source.number("vadStopSecs", 0.2),
        vad_min_volume=source.number("vadMinVolume", 0.6),
    )


def _engine(source: "Fields", kind: str) -> Engine:
    return Engine(
        provider=source.text(f"{kind}Provider", "") or "offline",
        model=source.text(f"{kind}Model", ""),
        voice=source.text(f"{kind}Voice", ""),
    )


def _upload(source: "Fields") -> UploadTarget:
    return UploadTarget(key=source.text("key"), url=source.text("uploadUrl"))


def _ice_server(source: "Fields") -> IceServer:
    urls = source.value.get("urls") or ()
    return IceServer(
        urls=(urls,) if isinstance(urls, str) else tuple(str(url) for url in urls),
        username=source.text("username", ""),
        credential=source.text("credential", ""),
    )


def variables(value: Any) -> Mapping[str, str]:
    """The dynamic variables, as texts."""
    if value is None:
        return {}
    return {str(k): str(v) for k, v in Fields(value, "dynamicVariables").value.items()}


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


class Fields:
    """Typed access to one JSON object."""

    def __init__(self, value: Any, name: str) -> None:
        if not isinstance(value, Mapping):
            raise InvalidRequest(f"{name} takes an object.")
        self.value: Mapping[str, Any] = value

    def items(self, name: str) -> list[Any]:
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InvalidRequest(f"{name} takes a list.")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        value = self.value.get(name)
        if value is None:
            if default is None:
                raise InvalidRequest(f"{name} is required.")
            return default
        if not isinstance(value, str):
            raise InvalidRequest(f"{name} takes a string.")
        return value

    def optional_number(self, name: str) -> float | None:
        value = self.value.get(name)
        if value is None:
            return None
        # JSON's true is an int to Python, and never a duration.
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InvalidRequest(f"{name} takes a number.")
        return float(value)

    def number(self, name: str, default: float) -> float:
        value = self.optional_number(name)
        return default if value is None else value


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Put a call's variables where the text names them: `{{name}}`."""
    for name, value in variables.items():
        text = text.replace("{{" + name + "}}", value)
    return text
