"""Call Details: what was said, how long everything took, what it cost."""

import json
import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from billing.models import LedgerEntry
from calls import lifecycle, recordings
from calls.failures import describe
from calls.metrics import spread, values_of
from calls.models import Call, Recording
from calls.serializers import CallOut
from common import jsonlog
from common.errors import Forbidden, NotFound
from console.charts import timeline, waterfall
from console.formats import clock
from console.pages import PageRequest, page, show

MOST_EVENTS = 1000
LATENCIES = {"LLM TTFB": "llm", "TTS TTFB": "tts", "STT TTFB": "stt"}


def own_call(request: PageRequest, call_id: uuid.UUID) -> Call:
    """A call of the organization that is looked at; any other does not exist."""
    jsonlog.call_id.set(str(call_id))
    calls = Call.objects.of(request.access.organization).select_related("agent", "leg")
    call = calls.filter(pk=call_id).first()
    if call is None:
        raise NotFound("There is no call by that id.")
    return call


@page
@require_safe
def transcript(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    call = own_call(request, call_id)
    lines = transcript_of(call)
    return show(
        request, "console/calls/transcript.html", frame_of(call) | {"lines": lines}
    )


def transcript_of(call: Call) -> list[dict[str, Any]]:
    """The transcript; what was written has a time of day instead of one in the call."""
    lines = call.transcript or []
    if call.is_voice:
        return lines

    def written_at(line: dict[str, Any]) -> datetime:
        return call.started_at + timedelta(seconds=line["at"])

    return [{**line, "written_at": written_at(line)} for line in lines]


@page
@require_safe
def metrics(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    call = own_call(request, call_id)
    turns = waterfall.rows(breakdown_of(call))
    events = events_of(call)
    latencies = [("Answer latency", spread(row.latency for row in turns))]
    latencies += [
        (label, spread(values_of(events, "ttfb", service)))
        for label, service in LATENCIES.items()
    ]
    context = {
        "turns": turns,
        "width": waterfall.WIDTH,
        "stages": waterfall.STAGES,
        "bottleneck": waterfall.bottleneck(turns),
        "latencies": latencies,
    }
    return show(request, "console/calls/metrics.html", frame_of(call) | context)


@page
@require_safe
def events(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    call = own_call(request, call_id)
    found = events_of(call)
    kind = request.GET.get("type", "")
    kinds = sorted(Counter(str(event.get("type")) for event in found).items())
    wanted = [event for event in found if kind in ("", event.get("type"))]
    context = {
        "kinds": kinds,
        "kind": kind,
        "events": wanted[:MOST_EVENTS],
        "total": len(wanted),
        "all": len(found),
    }
    return show(request, "console/calls/events.html", frame_of(call) | context)


def frame_of(call: Call) -> dict[str, Any]:
    """What stands around every tab of a call."""
    recording = Recording.objects.filter(call=call).first()
    duration = recording.duration_secs if recording else call.duration_secs or 0
    lines = list(call.cost_lines.select_related("rate"))
    return {
        "call": call,
        "failure": describe(call.failure_reason),
        "recording": recording,
        "audio": here(recordings.listen_url(call)),
        "download": here(recordings.listen_url(call, download=True)),
        "axis": timeline.timeline(
            duration,
            recording.peaks if recording else [],
            call.transcript or [],
            breakdown_of(call),
        ),
        "costs": [
            (label, getattr(call, f"cost_{part}"), lines_of(lines, part))
            for part, label in (
                ("llm", "LLM"),
                ("stt", "STT"),
                ("tts", "TTS"),
                ("sip", "SIP"),
            )
        ],
        "entry": LedgerEntry.objects.filter(call_id=call.pk).first(),
    }


def here(url: str | None) -> str | None:
    """A link to ourselves without our name: pages are served under others too."""
    return url.removeprefix(settings.PUBLIC_URL) if url else None


def lines_of(lines: list[Any], component: str) -> list[Any]:
    return [line for line in lines if line.component == component]


def events_of(call: Call) -> list[dict[str, Any]]:
    found = (call.metrics or {}).get("events") or []
    return [event for event in found if isinstance(event, dict)]


def breakdown_of(call: Call) -> list[dict[str, Any]]:
    """The turns that a bot has measured; other bots may not report them."""
    found = (call.metrics or {}).get("breakdown")
    turns = found if isinstance(found, list) else []
    return [turn for turn in turns if isinstance(turn, dict) and "turn" in turn]


@page
@require_safe
def as_text(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    """The transcript to read elsewhere."""
    call = own_call(request, call_id)
    text = "".join(
        f"[{clock(line['at'])}] {line['role']}: {line['text']}\n"
        for line in call.transcript or []
    )
    return attachment(text, "text/plain; charset=utf-8", f"call-{call.pk}.txt")


@page
@require_safe
def as_json(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    """Everything about the call, as the API gives it."""
    call = own_call(request, call_id)
    body = json.dumps(CallOut(call).data, default=str, indent=2, ensure_ascii=False)
    return attachment(body, "application/json", f"call-{call.pk}.json")


def attachment(body: str, content_type: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    headers = {"Content-Disposition": disposition}
    return HttpResponse(body, content_type=content_type, headers=headers)


@page
@require_POST
def end(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    """Hang up."""
    if not request.access.may_call:
        raise Forbidden("Your role does not allow this. Ask an owner.")
    call = lifecycle.hang_up(own_call(request, call_id))
    messages.success(request, "The call was ended.")
    return redirect("console:call", call_id=call.pk)
