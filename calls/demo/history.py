"""Sixty days of calls of a small company, drawn with a fixed seed. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calls.channels import VOICE_CHANNELS, Channel, Direction, EndReason, Status
from calls.demo.conversation import (
    Conversation,
    Said,
    Script,
    lay_out,
    load_scripts,
)
from calls.demo.speech import spoken_length

DAYS, CALLS = 60, 300
# More on weekdays, in the morning and in the late afternoon.
WEEKDAYS = (1.0, 1.1, 1.05, 1.0, 0.95, 0.5, 0.25)
HOURS = (0, 0, 0, 0, 0, 0, 1, 2, 5, 9, 10, 9, 7, 5, 6, 8, 9, 8, 6, 4, 2, 1, 0, 0)
CHANNELS = {
    Channel.WEB: 34,
    Channel.PHONE: 36,
    Channel.WHATSAPP_CALL: 14,
    Channel.CHAT: 11,
    Channel.WHATSAPP_MESSAGE: 5,
}
# On this day, counted back from now, the model's provider had trouble.
SLOW_DAY, SLOWNESS = 12, 3.2
FAILURES = (
    "no_answer",
    "bot_unavailable",
    "never_connected",
    "llm_error",
    "busy",
    "bot_lost",
    "tts_error",
    "stt_error",
    "no_audio_output",
    "media_failed",
    "rejected",
    "stale_call",
    "carrier_error",
    "bot_error",
    "invalid_number",
    "microphone_denied",
)
# Failures before a word was said.
SILENT = {
    "no_answer",
    "bot_unavailable",
    "never_connected",
    "busy",
    "rejected",
    "carrier_error",
    "invalid_number",
    "microphone_denied",
    "no_audio_output",
}
PHONE_ONLY = {"no_answer", "busy", "rejected", "carrier_error", "invalid_number"}
ONE_IN_FAILS = 9
# The persona that calls people, instead of being called.
CALLS_OUT = 2
# The newest calls that were completed have a recording that can be played.
RECORDED = 8


@dataclass(frozen=True)
class PastCall:
    """A call that was. ``conversation`` is ``None`` where nobody said a word."""

    agent: int
    channel: Channel
    direction: Direction
    number: str
    started_at: datetime
    status: Status
    end_reason: str
    failure_reason: str
    conversation: Conversation | None
    is_recorded: bool = False

    @property
    def duration(self) -> float:
        return self.conversation.duration if self.conversation else 0.0


def past_calls(now: datetime, seed: int = 1) -> Iterator[PastCall]:
    """The calls before ``now``, oldest first."""
    chance = random.Random(seed)
    scripts = load_scripts()
    for nth, started_at in enumerate(start_times(now, chance)):
        recorded = nth >= CALLS - RECORDED
        if recorded:
            yield recorded_call(scripts[nth - CALLS], started_at, chance)
        elif nth % ONE_IN_FAILS == 4:
            reason = FAILURES[nth // ONE_IN_FAILS % len(FAILURES)]
            yield failed_call(reason, chance.choice(scripts), started_at, chance)
        else:
            slow = SLOWNESS if (now - started_at).days == SLOW_DAY else 1.0
            yield usual_call(chance.choice(scripts), started_at, chance, slow)


def start_times(now: datetime, chance: random.Random) -> list[datetime]:
    """Times with the rhythm of days and weeks, all at least half an hour ago."""
    times: list[datetime] = []
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    while len(times) < CALLS:
        day = today - timedelta(days=chance.randrange(DAYS))
        if chance.random() > WEEKDAYS[day.weekday()]:
            continue
        (hour,) = chance.choices(range(24), HOURS)
        at = day + timedelta(hours=hour, seconds=chance.uniform(0, 3600))
        if at < now - timedelta(minutes=30):
            times.append(at)
    return sorted(times)


def usual_call(
    script: Script, at: datetime, chance: random.Random, slowness: float
) -> PastCall:
    (channel,) = chance.choices(list(CHANNELS), list(CHANNELS.values()))
    if channel not in VOICE_CHANNELS and any(line.interrupts for line in script.lines):
        channel = Channel.WEB  # nobody cuts in in writing
    ends = [EndReason.CALLER_HANGUP] * 6 + [EndReason.AGENT_HANGUP] * 3
    return replace(
        answered_call(script, channel, at, chance),
        conversation=lay_out(script, chance, slowness=slowness),
        end_reason=chance.choice([*ends, EndReason.OPERATOR_HANGUP]),
    )


def recorded_call(script: Script, at: datetime, chance: random.Random) -> PastCall:
    """A call whose lines are as long as the voices take to say them."""

    def length(said: Said) -> float:
        return spoken_length(said.role, said.text)

    channel = chance.choice([Channel.WEB, Channel.PHONE])
    return replace(
        answered_call(script, channel, at, chance),
        conversation=lay_out(script, chance, length=length),
        is_recorded=True,
    )


def failed_call(
    reason: str, script: Script, at: datetime, chance: random.Random
) -> PastCall:
    channel = Channel.PHONE if reason in PHONE_ONLY else Channel.WEB
    begun = Script(script.agent, script.lines[:3])
    return replace(
        answered_call(script, channel, at, chance),
        conversation=None if reason in SILENT else lay_out(begun, chance),
        status=Status.FAILED,
        end_reason=EndReason.ERROR,
        failure_reason=reason,
    )


def answered_call(
    script: Script, channel: Channel, at: datetime, chance: random.Random
) -> PastCall:
    """A completed call of which nothing is known yet but who, how and when."""
    outbound = channel == Channel.PHONE and script.agent == CALLS_OUT
    has_number = channel not in (Channel.WEB, Channel.CHAT)
    return PastCall(
        agent=script.agent,
        channel=channel,
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        # From a range that is never given to anybody.
        number=f"+1555010{chance.randrange(1000, 9999)}" if has_number else "",
        started_at=at,
        status=Status.COMPLETED,
        end_reason=EndReason.CALLER_HANGUP,
        failure_reason="",
        conversation=None,
    )
