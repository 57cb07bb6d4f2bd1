"""What stands around every tab of a call: its sound on one time axis, and its costs."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from billing.models import LedgerEntry
from calls import parts, recordings, retention
from calls.failures import describe, is_free
from calls.models import Call, CostLine, Recording
from console.charts import timeline
from console.recording_state import State, state_of

COMPONENTS = {"llm": "LLM", "stt": "STT", "tts": "TTS", "sip": "SIP"}
PLAYED = (State.PENDING, State.PARTIAL, State.WHOLE)


def frame_of(
    call: Call, breakdown: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The context of the frame around a call's tabs. Who has read the turns already
    gives them as ``breakdown``."""
    recording = Recording.objects.filter(call=call).first()
    duration = recording.duration_secs if recording else call.duration_secs or 0
    state = state_of(call, recording, retention.cutoff_at(None))
    is_played = state in PLAYED
    return {
        "call": call,
        "failure": describe(call.failure_reason),
        "is_free": is_free(call.failure_reason),
        "recording": recording,
        "recording_state": state.value,
        "kept_days": settings.RECORDING_RETENTION_DAYS,
        "audio": here(recordings.listen_url(call)) if is_played else None,
        "download": here(recordings.listen_url(call, download=True))
        if is_played
        else None,
        "axis": timeline.timeline(
            duration,
            recording.peaks if recording else [],
            call.transcript or [],
            parts.turns(call.pk) if breakdown is None else breakdown,
        ),
        "costs": costs_of(call, call.cost_lines.select_related("rate")),
        "entry": LedgerEntry.objects.filter(call_id=call.pk).first(),
    }


def costs_of(call: Call, lines: Iterable[CostLine]) -> list[tuple[str, Any, Any]]:
    """(label, amount, lines) of each component."""
    found: dict[str, list[CostLine]] = {part: [] for part in COMPONENTS}
    for line in lines:
        found[line.component].append(line)
    return [
        (label, getattr(call, f"cost_{part}"), found[part])
        for part, label in COMPONENTS.items()
    ]


def here(url: str | None) -> str | None:
    """A link to ourselves without our name: pages are served under others too."""
    return url.removeprefix(settings.PUBLIC_URL) if url else None
