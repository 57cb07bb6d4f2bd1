"""The calls that go on now: who talks, for how long, and whether a bot says so."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from calls import lifecycle
from calls.lost import ASK_AFTER
from calls.models import Call
from common.errors import Forbidden
from console.gauges import gauges, slots_in_redis
from console.pages import PageRequest, page, show, show_part
from console.views.call import own_call

MOST_CALLS = 100


@dataclass(frozen=True)
class LiveCall:
    """A call, the seconds since it began and since a bot confirmed it, and its slot:
    ``held``, ``missing``, ``unknown`` while Redis does not answer, or none."""

    call: Call
    secs: float
    heard_secs: float | None
    slot: str

    @property
    def is_silent(self) -> bool:
        """Whether its bot is about to be asked for it."""
        heard = self.secs if self.heard_secs is None else self.heard_secs
        return bool(self.slot) and heard > ASK_AFTER.total_seconds()


@page
@require_safe
def live(request: PageRequest) -> HttpResponse:
    return show(request, "console/live/page.html", now(request))


@page
@require_safe
def part(request: PageRequest) -> HttpResponse:
    """What of the page changes by itself."""
    return show_part(request, "console/live/_part.html", now(request))


@page
@require_POST
def end(request: PageRequest, call_id: uuid.UUID) -> HttpResponse:
    """Hang up, and go on looking at the others."""
    if not request.access.may_call:
        raise Forbidden("Your role does not allow this. Ask an owner.")
    call = own_call(request, call_id)
    if call.status == "active":
        lifecycle.hang_up(call)
        messages.success(request, f"The call of {call.agent.name} was ended.")
    else:
        messages.info(request, "The call had ended already.")
    return redirect("console:live")


def now(request: PageRequest) -> dict[str, Any]:
    organization = request.access.organization
    active = Call.objects.of(organization).active()
    shown = list(
        active.for_list().order_by("-holds_slot", "started_at", "pk")[: MOST_CALLS + 1]
    )
    is_capped = len(shown) > MOST_CALLS
    in_redis = slots_in_redis(shown)
    at = timezone.now()
    return {
        "calls": [live_call(call, in_redis, at) for call in shown[:MOST_CALLS]],
        "total": active.count() if is_capped else len(shown),
        "is_capped": is_capped,
        "gauges": gauges(organization, everything=request.user.is_staff),
        "now": at,
    }


def live_call(call: Call, in_redis: set[str] | None, at: Any) -> LiveCall:
    heard = call.heartbeat_at
    return LiveCall(
        call=call,
        secs=max((at - call.started_at).total_seconds(), 0),
        heard_secs=max((at - heard).total_seconds(), 0) if heard else None,
        slot=slot_of(call, in_redis),
    )


def slot_of(call: Call, in_redis: set[str] | None) -> str:
    if not call.is_voice:
        return ""
    if in_redis is None:
        return "unknown"
    return "held" if str(call.pk) in in_redis else "missing"
