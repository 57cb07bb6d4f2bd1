"""Why calls fail: the one table that the page, the API and the documents share."""

from dataclasses import asdict, dataclass
from typing import Any

PLATFORM, PROVIDER, CARRIER, CALLER, ENVIRONMENT = (
    "platform",
    "provider",
    "carrier",
    "caller",
    "environment",
)


@dataclass(frozen=True)
class Failure:
    """``blame`` says on whose side the cause most likely lies. A call that failed on
    the platform's side is not charged."""

    title: str
    cause: str
    blame: str
    what_to_try: str
    retryable: bool

    def as_wire(self) -> dict[str, Any]:
        values = asdict(self)
        values["whatToTry"] = values.pop("what_to_try")
        return values


FAILURES = {
    "bot_unavailable": Failure(
        "The bot could not be started",
        "No bot process took the call when it began.",
        PLATFORM,
        "Check the bot on the Status page, then call again.",
        True,
    ),
    "bot_error": Failure(
        "The bot stopped with an error",
        "The process that speaks met an error that it could not recover from.",
        PLATFORM,
        "Look for the call's id in the bot's log or in Sentry.",
        True,
    ),
    "bot_lost": Failure(
        "The bot was lost during the call",
        "The bot stopped confirming that it has the call.",
        PLATFORM,
        "Check whether the bot was restarted or ran out of memory at that time.",
        True,
    ),
    "stale_call": Failure(
        "The call never ended",
        "It was still active long after any call ends, so it was closed.",
        PLATFORM,
        "Check the bot's log around the start of the call.",
        True,
    ),
    "never_connected": Failure(
        "Nobody connected",
        "The call was ready, but the caller's audio never arrived.",
        ENVIRONMENT,
        "Check the caller's network and that a TURN server is set for strict ones.",
        True,
    ),
    "media_failed": Failure(
        "The audio connection broke",
        "The connection between caller and bot was lost during the call.",
        ENVIRONMENT,
        "Check the caller's network; a TURN server helps behind strict firewalls.",
        True,
    ),
    "microphone_denied": Failure(
        "The microphone was not allowed",
        "The browser did not give the page the microphone.",
        CALLER,
        "Allow the microphone for this page and call again.",
        True,
    ),
    "no_audio_output": Failure(
        "The agent could not speak",
        "The bot was connected, but no speech was made.",
        PLATFORM,
        "Check the TTS provider's key and limits.",
        True,
    ),
    "stt_error": Failure(
        "Speech recognition failed",
        "The STT provider refused or ended the stream.",
        PROVIDER,
        "Check the provider's status page, the key and its limits.",
        True,
    ),
    "llm_error": Failure(
        "The language model failed",
        "The LLM provider refused the request or did not answer.",
        PROVIDER,
        "Check the provider's status page, the key, the model's name and limits.",
        True,
    ),
    "tts_error": Failure(
        "Speech synthesis failed",
        "The TTS provider refused or ended the stream.",
        PROVIDER,
        "Check the provider's status page, the key and its limits.",
        True,
    ),
    "carrier_error": Failure(
        "The carrier could not place the call",
        "The telephone network answered with an error.",
        CARRIER,
        "Check the number and the carrier's log, then call again.",
        True,
    ),
    "busy": Failure(
        "The line was busy",
        "The person called was on another call.",
        CALLER,
        "Call again later.",
        True,
    ),
    "no_answer": Failure(
        "Nobody answered",
        "The phone rang and was not picked up.",
        CALLER,
        "Call again at another time of day.",
        True,
    ),
    "rejected": Failure(
        "The call was rejected",
        "The person called declined it.",
        CALLER,
        "Do not call again at once.",
        False,
    ),
    "invalid_number": Failure(
        "The number does not exist",
        "The carrier does not know the number that was called.",
        CARRIER,
        "Correct the number.",
        False,
    ),
}

UNKNOWN = Failure(
    "The call failed",
    "The bot gave a reason that this version does not know.",
    PLATFORM,
    "Look for the call's id in the bot's log.",
    True,
)


def describe(reason: str) -> Failure | None:
    """The failure behind a machine-readable reason; ``None`` where there is none."""
    return FAILURES.get(reason, UNKNOWN) if reason else None


def is_free(reason: str) -> bool:
    """Whether a call with this failure reason (may be empty) is not charged."""
    failure = describe(reason)
    return failure is not None and failure.blame == PLATFORM
