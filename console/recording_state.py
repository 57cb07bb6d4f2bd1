"""What can be said of a call's recording, whether or not there is one. Pure."""

from datetime import datetime
from enum import StrEnum

from calls.channels import Status
from calls.models import Call, Recording

# What a recording may lack at its ends and still be whole.
SLACK_SECS, SLACK = 2.0, 0.02


class State(StrEnum):
    WRITTEN = "written"  # a chat, of which nothing can be recorded
    LIVE = "live"
    OFF = "off"
    MISSING = "missing"
    EXPIRED = "expired"
    PENDING = "pending"  # stored, and not looked into yet
    PARTIAL = "partial"
    WHOLE = "whole"


def state_of(call: Call, recording: Recording | None, kept_since: datetime) -> State:
    """``kept_since`` is when the oldest call began whose recording is kept."""
    if not call.is_voice:
        return State.WRITTEN
    if call.recording_key:
        if call.started_at < kept_since:
            return State.EXPIRED
        if recording is None:
            return State.PENDING
        return State.PARTIAL if is_short(call, recording) else State.WHOLE
    if call.status == Status.ACTIVE:
        return State.LIVE
    if not call.agent_config.get("enableCallRecording"):
        return State.OFF
    return State.EXPIRED if call.started_at < kept_since else State.MISSING


def is_short(call: Call, recording: Recording) -> bool:
    whole = call.duration_secs or 0
    return recording.duration_secs < whole - max(SLACK_SECS, whole * SLACK)
