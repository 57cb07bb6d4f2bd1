"""The bot's report at the end of a call: taken once, whenever it comes."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from calls import announce, costs, legs, recordings, settlement
from calls.channels import EndReason, Status
from calls.lifecycle import Ending, end_locked, release_slots
from calls.metrics import COLUMNS
from calls.models import Call
from common.errors import Invalid

ENGINES = (costs.LLM, costs.STT, costs.TTS)

# Ends that were guessed because the bot was silent. Its word, when it comes, counts.
GUESSED = ("stale_call", "bot_lost")


@dataclass(frozen=True)
class Report:
    """What the bot says of a call that has ended; see contract ``complete``."""

    status: Status
    ended_at: datetime
    duration_secs: float
    end_reason: str = ""
    failure_reason: str = ""
    transcript: list[dict[str, Any]] | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] = field(default_factory=dict)
    recording_key: str = ""


def complete_call(call_id: uuid.UUID, report: Report) -> Call:
    """End the call if it is active, keep what the report says, and charge for it.

    A second report changes nothing, except that it may bring the recording that the
    first did not have. Raises ``NotFound`` and ``Invalid``.
    """
    with transaction.atomic():
        call = settlement.lock(call_id)
        if report.recording_key not in ("", recordings.key_of(call)):
            raise Invalid("recordingKey is not the key that was given for this call.")
        is_first, ended = call.reported_at is None, False
        brings_recording = bool(report.recording_key) and not call.recording_key
        if brings_recording:
            call.recording_key = report.recording_key
        if is_first:
            ended = _end(call, report)
            _keep(call, report)
            is_heard = settlement.settle(call, usage_of(call, report))
            if ended and is_heard:
                announce.settled(call)
        elif brings_recording:
            call.save(update_fields=["recording_key"])
    if ended:
        release_slots([call])
    legs.close(call)
    return call


def _end(call: Call, report: Report) -> bool:
    """Bring the call to its last state; answers whether the report ended it."""
    status, end_reason, failure_reason = legs.truer_end(
        call, report.end_reason, report.failure_reason
    )
    # The bot's clock may be before ours: a call has not ended later than now.
    at = min(report.ended_at, timezone.now())
    ending = Ending(Status(status), end_reason, failure_reason, at)
    ended = end_locked(call, ending)
    if not ended and is_guessed(call):
        ending.put_on(call)
    call.duration_secs = report.duration_secs
    return ended


def is_guessed(call: Call) -> bool:
    """Whether the end is known from a carrier or a job alone. A caller who has hung up
    without a report of the bot's is the carrier's news."""
    return call.failure_reason in GUESSED or call.end_reason == EndReason.CALLER_HANGUP


def _keep(call: Call, report: Report) -> None:
    call.reported_at = timezone.now()
    call.metrics = report.metrics
    for key, column in COLUMNS.items():
        setattr(call, column, report.metrics.get(key))
    call.stt_seconds = report.usage.get("sttSeconds")
    for kind, engine in engines_of(call, report).items():
        setattr(call, f"{kind}_engine", f"{engine.provider}/{engine.model}")
    if call.agent_config["saveTranscripts"]:
        call.transcript = report.transcript


def engines_of(call: Call, report: Report) -> dict[str, costs.Engine]:
    """Who served, by the report's own word, else as the call was started with."""
    config = call.agent_config
    engines = {}
    for kind in ENGINES:
        served = report.usage.get(kind) or {
            "provider": config[f"{kind}Provider"],
            "model": config[f"{kind}Model"],
        }
        engines[kind] = costs.Engine(served["provider"], served["model"])
    return engines


def usage_of(call: Call, report: Report) -> costs.Usage:
    """The use that is paid for."""
    metrics, config = report.metrics, call.agent_config
    engines = engines_of(call, report)
    engines[costs.SIP] = costs.Engine(
        config.get("sipProvider", "plivo"), call.direction
    )
    return costs.Usage(
        channel=call.channel,
        engines=engines,
        prompt_tokens=metrics.get("totalPromptTokens") or 0,
        cached_tokens=metrics.get("totalCachedTokens") or 0,
        completion_tokens=metrics.get("totalCompletionTokens") or 0,
        stt_seconds=report.usage.get("sttSeconds") or 0,
        tts_characters=metrics.get("totalTtsCharacters") or 0,
        duration_secs=legs.answered_secs(call, report.duration_secs),
    )
