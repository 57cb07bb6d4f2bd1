"""Puts the demo's past into the database, through the functions that reports use."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from agents.models import Agent
from calls import recordings, reports, usage
from calls.channels import VOICE_CHANNELS, Status
from calls.demo import measured
from calls.demo.account import Account
from calls.demo.campaign import campaigns
from calls.demo.conversation import transcript
from calls.demo.history import PastCall, past_calls
from calls.demo.speech import record
from calls.lifecycle import Ending, mark_ended
from calls.models import Call
from calls.reports import Report
from capacity.models import Refusals

# How these calls ended is what the platform found; no bot reported it.
UNREPORTED = {"bot_unavailable", "bot_lost", "stale_call"}


def make_history(account: Account) -> int:
    """Make the past calls of the demo; answers how many."""
    now = timezone.now()
    usual = list(past_calls(now))
    made = [make_call(account, past) for past in usual]
    for campaign in campaigns(now, usual, account.organization.call_limit):
        made += [make_call(account, past) for past in campaign.calls]
        note_refusals(account, campaign.refused_at)
    recordings.inspect_new(limit=len(made))
    usage.record_peaks()
    return len(made)


def note_refusals(account: Account, refused_at: list[datetime]) -> None:
    """Count the starts that met the organization's own limit."""
    minutes = Counter(at.replace(second=0, microsecond=0) for at in refused_at)
    Refusals.objects.bulk_create(
        Refusals(
            minute=minute,
            organization_id=account.organization.pk,
            scope="org",
            count=count,
        )
        for minute, count in minutes.items()
    )


def make_call(account: Account, past: PastCall) -> Call:
    agent = account.agents[past.agent]
    ours = account.numbers[0].number if past.number else ""
    inbound = past.direction == "inbound"
    call = Call.objects.create(
        organization=account.organization,
        agent=agent,
        channel=past.channel,
        direction=past.direction,
        from_number=past.number if inbound else ours,
        to_number=ours if inbound else past.number,
        agent_config=agent.frozen_config(),
        started_at=past.started_at,
    )
    if past.failure_reason in UNREPORTED:
        at = past.started_at + timedelta(seconds=past.duration + 60)
        ending = Ending(Status.FAILED, past.end_reason, past.failure_reason, at)
        mark_ended(call, ending)
        return call
    return reports.complete_call(call.pk, report_of(call, past, agent))


def report_of(call: Call, past: PastCall, agent: Agent) -> Report:
    held = past.conversation
    models = {"llm": agent.llm_model, "stt": agent.stt_model, "tts": agent.tts_model}
    metrics: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    if held and past.channel in VOICE_CHANNELS:
        metrics = measured.metrics(held, models)
        usage["sttSeconds"] = round(past.duration, 2)
    elif held:
        metrics = measured.text_metrics(held)
    return Report(
        status=past.status,
        ended_at=past.started_at + timedelta(seconds=past.duration),
        duration_secs=round(past.duration, 2),
        end_reason=past.end_reason,
        failure_reason=past.failure_reason,
        transcript=transcript(held) if held else [],
        metrics=metrics,
        usage=usage,
        recording_key=store_recording(call, past),
    )


def store_recording(call: Call, past: PastCall) -> str:
    """Speak the conversation and store it; answers its key, empty where none is."""
    if not past.is_recorded or past.conversation is None:
        return ""
    wav = record(past.conversation.lines, past.duration)
    key = recordings.key_of(call)
    recordings.store().files.save(key, ContentFile(wav))
    return key
