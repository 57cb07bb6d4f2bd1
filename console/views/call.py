"""Call Details: what was said, how long everything took, what it cost."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from calls import lifecycle, parts
from calls.metrics import Spread, spread
from calls.models import Call, CallQuerySet
from calls.serializers import CallOut
from common import jsonlog
from common.errors import Forbidden, NotFound
from console.call_frame import frame_of
from console.charts import waterfall
from console.formats import clock
from console.pages import PageRequest, page, show, show_part

LATENCIES = {"LLM TTFB": "llm", "TTS TTFB": "tts", "STT TTFB": "stt"}
# What a page shows at once; the rest of the lines follows by itself.
LINES, TURNS, EVENTS = 60, 20, 100
BIGGEST_PAGE = 100_000


def own_call(request: PageRequest, call_id: uuid.UUID, *deferred: str) -> Call:
    """A call of the organization that is looked at; any other does not exist.
    ``deferred`` columns are read when they are asked for."""
    jsonlog.call_id.set(str(call_id))
    calls: CallQuerySet = Call.objects.of(request.access.organization)
    call = (
        calls.select_related("agent", "leg")
        .defer("agent__prompt", "agent__greeting", *deferred)
        .filter(pk=call_id)
        .first()
    )
    if call is None:
        raise NotFound("There is no call by that id.")
    return call


def framed_call(request: PageRequest, call_id: uuid.UUID) -> Call:
    """A call for one of the tabs, without the metrics that most of them need not."""
    return own_call(request, call_id, "metrics", "dynamic_variables")


def number_in(request: PageRequest, name: str) -> int:
    """A number of the query; 0 for what is none."""
    value = request.GET.get(name, "")
    is_number = value.isascii() and value.isdigit() and len(value) < 10
    return min(int(value), BIGGEST_PAGE) if is_number else 0


@page
@require_safe
def transcript(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    call = framed_call(request, call_id)
    lines = transcript_of(call)
    shown = lines if "all" in request.GET else lines[:LINES]
    context = {"lines": shown, "total": len(lines), "more": len(lines) - len(shown)}
    return show(request, "console/calls/transcript.html", frame_of(call) | context)


@page
@require_safe
def rest(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    """The lines of the transcript that the page has not shown at once."""
    call = framed_call(request, call_id)
    context = {"lines": transcript_of(call)[LINES:]}
    return show_part(request, "console/calls/_lines.html", context)


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
    call = framed_call(request, call_id)
    breakdown = parts.breakdown(call.pk)
    turns = waterfall.waits(breakdown)
    sort = request.GET.get("sort", "")
    if sort == "slowest":
        turns.sort(key=lambda turn: -turn["latency"])
    after = number_in(request, "after")
    shown = turns[after : after + TURNS]
    context = {
        "turns": waterfall.rows(shown, waterfall.longest(turns)),
        "sort": sort,
        "first": after + 1,
        "last": min(after + TURNS, len(turns)),
        "total": len(turns),
        "before": max(after - TURNS, 0) if after else None,
        "next": after + TURNS if after + TURNS < len(turns) else None,
        "width": waterfall.WIDTH,
        "stages": waterfall.STAGES,
        "bottleneck": waterfall.bottleneck(turns),
        "latencies": latencies(call, turns),
    }
    frame = frame_of(call, breakdown)
    return show(request, "console/calls/metrics.html", frame | context)


def latencies(
    call: Call, turns: list[dict[str, Any]]
) -> list[tuple[str, Spread | None, float | None]]:
    """Label, spread and reported mean of each latency."""
    measured = parts.ttfb(call.pk)
    answers = spread(float(turn["latency"]) for turn in turns)
    return [("Answer latency", answers, call.avg_latency)] + [
        (label, spread(measured.get(name, [])), getattr(call, f"avg_{name}_ttfb"))
        for label, name in LATENCIES.items()
    ]


@page
@require_safe
def events(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    call = framed_call(request, call_id)
    kind = request.GET.get("type", "").replace("\0", "")[:80]
    after = number_in(request, "after")
    found = parts.events(call.pk, kind, after, EVENTS)
    total = found.total(kind)
    context = {
        "kinds": sorted(found.kinds.items()),
        "kind": kind,
        "events": found.rows,
        "first": after + 1,
        "last": after + len(found.rows),
        "total": total,
        "all": found.total(),
        "before": max(after - EVENTS, 0) if after else None,
        "next": after + EVENTS if after + EVENTS < total else None,
    }
    return show(request, "console/calls/events.html", frame_of(call) | context)


@page
@require_safe
def as_text(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    """The transcript to read elsewhere."""
    call = framed_call(request, call_id)
    text = "".join(
        f"[{clock(line['at'])}] {line['role']}: {line['text']}"
        f"{' [interrupted]' if line.get('interrupted') else ''}\n"
        for line in call.transcript or []
    )
    return attachment(text, "text/plain; charset=utf-8", f"call-{call.pk}.txt")


@page
@require_safe
def as_json(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    """Everything about the call, as the API gives it."""
    call = own_call(request, call_id)
    body: Any = CallOut(call).data
    text = json.dumps(body, default=str, indent=2, ensure_ascii=False)
    return attachment(text, "application/json", f"call-{call.pk}.json")


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
