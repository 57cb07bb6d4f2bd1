"""The life of a call: one function starts it, one ends it, on every path."""

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, FloatField, Func, Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from agents.models import Agent
from billing import credits
from calls import announce, bot_client, charges, counters, legs, settlement
from calls.channels import BillingStatus, Channel, Direction, EndReason, Status
from calls.failures import is_free
from calls.leg import Leg
from calls.models import Call, CallQuerySet
from calls.slots import gate, slot_of
from carriers.errors import CarrierError
from common import jsonlog

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallRequest:
    """A call that somebody wants: with whom, over what, from where to where."""

    agent: Agent
    channel: Channel
    direction: Direction = Direction.INBOUND
    from_number: str = ""
    to_number: str = ""
    dynamic_variables: dict[str, Any] = field(default_factory=dict)
    # The carrier's side, for calls that come or go over one.
    leg: Leg | None = None

    @property
    def dials(self) -> bool:
        """Whether the person is still to be called."""
        return self.leg is not None and self.direction == Direction.OUTBOUND


@dataclass(frozen=True)
class Ending:
    """How a call ended. ``failure_reason`` is empty unless it failed."""

    status: Status
    end_reason: str = ""
    failure_reason: str = ""
    at: datetime | None = None

    def put_on(self, call: Call) -> None:
        """Set the columns of an end."""
        call.status = self.status
        call.end_reason = self.end_reason
        call.failure_reason = self.failure_reason
        # The clocks of two machines differ: no call ends before it began.
        call.ended_at = max(self.at or timezone.now(), call.started_at)
        call.duration_secs = (call.ended_at - call.started_at).total_seconds()


def start_call(request: CallRequest) -> Call:
    """Check the credits, take a slot, save the call and hand it to the bot.

    Raises ``InsufficientCredits``, ``CapacityExceeded`` or ``Unavailable``, which leave
    nothing behind, and ``BotUnavailable`` or ``CarrierError``, after which the call is
    there as failed.
    """
    organization = request.agent.organization
    credits.require_minimum(organization.pk)
    call = draft_call(request)
    if not call.is_voice:
        keep(call, None)
        return call
    call.bot_url = bot_client.choose()
    save = partial(keep, call, request.leg)
    gate.admit(slot_of(call), organization.call_limit, save)
    try:
        bot_client.join(call)
        if request.dials:
            legs.dial(call)
    except bot_client.BotUnavailable:
        end_call(call, Ending(Status.FAILED, EndReason.ERROR, "bot_unavailable"))
        raise
    except CarrierError as error:
        end_call(call, Ending(Status.FAILED, EndReason.ERROR, error.reason))
        bot_client.leave(call, EndReason.NEVER_CONNECTED)
        raise
    return call


def draft_call(request: CallRequest) -> Call:
    """The call that was asked for, which is not saved yet."""
    call = Call(
        organization=request.agent.organization,
        agent=request.agent,
        channel=request.channel,
        direction=request.direction,
        from_number=request.from_number,
        to_number=request.to_number,
        dynamic_variables=request.dynamic_variables,
        agent_config=request.agent.frozen_config(),
        started_at=timezone.now(),
    )
    jsonlog.call_id.set(str(call.pk))
    return call


@transaction.atomic
def keep(call: Call, leg: Leg | None, without_redis: bool = False) -> None:
    """Save a new call, and its leg with it, and tell of it. ``without_redis`` says that
    PostgreSQL alone admitted it."""
    call.without_redis = without_redis
    call.save(force_insert=True)
    if leg:
        leg.call = call
        leg.save(force_insert=True)
    announce.started(call)
    counters.note_start(call.channel)


def end_call(call: Call, ending: Ending) -> bool:
    """End an active call and free its slot. Answers whether it was this that ended it:
    of all who try, exactly one."""
    won = mark_ended(call, ending)
    if won:
        release_slots([call])
    return won


def hang_up(call: Call) -> Call:
    """End a call for an operator, and have the bot say no more. The bot's report is
    added when it comes."""
    ending = Ending(Status.COMPLETED, EndReason.OPERATOR_HANGUP)
    if not call.is_voice:
        end_text(call, ending)
    elif end_call(call, ending):
        say_goodbye(call, EndReason.OPERATOR_HANGUP)
    call.refresh_from_db()
    return call


def say_goodbye(call: Call, reason: EndReason) -> bool:
    """Have the bot end the call politely, and the carrier at once where there is no bot
    or nobody to say goodbye to. Answers whether the bot has heard it."""
    heard = bot_client.leave(call, reason)
    leg = legs.of(call)
    if leg and not (heard and leg.answered_at):
        legs.hang_up(leg)
    return heard


def end_text(call: Call, ending: Ending) -> bool:
    """End an active text conversation and charge for it, in one transaction. Answers
    whether it was this that ended it."""
    with transaction.atomic():
        locked = settlement.lock(call.pk)
        if not end_locked(locked, ending):
            return False
        locked.reported_at = timezone.now()
        if not locked.agent_config["saveTranscripts"]:
            # It was kept to go on with, and nobody will.
            locked.transcript = None
        if settlement.settle(locked, charges.text_usage(locked)):
            announce.settled(locked)
    return True


def end_locked(call: Call, ending: Ending) -> bool:
    """The transition of a call whose row is locked, for a caller who saves and tells of
    it in the same transaction. Answers whether it was active."""
    if call.status != Status.ACTIVE:
        return False
    ending.put_on(call)
    counters.note_ends([call.channel], ending.status)
    _log_end(call, ending)
    return True


def mark_ended(call: Call, ending: Ending) -> bool:
    """The transition alone, for a caller who frees the slot after committing."""
    won = mark_all_ended(Call.objects.filter(pk=call.pk), ending) == 1
    if won:
        _log_end(call, ending)
    return won


def _log_end(call: Call, ending: Ending) -> None:
    logger.info(
        "Call ended",
        extra={
            "callId": str(call.pk),
            "status": ending.status,
            "endReason": ending.end_reason,
            "failureReason": ending.failure_reason,
        },
    )


def mark_all_ended(calls: CallQuerySet, ending: Ending) -> int:
    """End those of ``calls`` that are active, and tell of each; answers how many."""
    ended_at = Greatest(Value(ending.at or timezone.now()), F("started_at"))
    lasted = ended_at - F("started_at")
    columns: dict[str, Any] = {
        "status": ending.status,
        "end_reason": ending.end_reason,
        "failure_reason": ending.failure_reason,
        "ended_at": ended_at,
        "duration_secs": Seconds(lasted, output_field=FloatField()),
    }
    if is_free(ending.failure_reason):
        columns["billing_status"] = BillingStatus.FREE
    with transaction.atomic():
        rows = calls.active().select_for_update().order_by("pk")
        ended = list(rows.values_list("pk", "organization_id", "channel"))
        if ended:
            Call.objects.filter(pk__in=[pk for pk, _, _ in ended]).update(**columns)
            announce.ended((pk, organization) for pk, organization, _ in ended)
            counters.note_ends((channel for _, _, channel in ended), ending.status)
    return len(ended)


class Seconds(Func):
    """The length of an interval."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)"


def release_slots(calls: Iterable[Call]) -> None:
    """Free the slots of calls that hold none any more."""
    gate.release([slot_of(call) for call in calls if call.is_voice])


def confirm(call_ids: Iterable[uuid.UUID], bot_url: str) -> list[uuid.UUID]:
    """Note that a bot holds these calls. Answers those that it must end, because they
    are not active here."""
    asked = set(call_ids)
    with transaction.atomic():
        held = Call.objects.holding_slots().filter(pk__in=asked)
        live = list(held.only("organization_id", "channel").order_by("pk"))
        # The database's clock: those who confirm and those who sweep share it.
        columns: dict[str, Any] = {"heartbeat_at": Now()}
        if bot_url:
            columns["bot_url"] = bot_url
        held.update(**columns)
    gate.renew([slot_of(call) for call in live])
    return sorted(asked - {call.pk for call in live})
