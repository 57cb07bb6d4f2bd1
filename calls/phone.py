"""Telephone calls: made, taken, and what becomes of them by the carrier's word."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from agents.models import Agent, Carrier, PhoneNumber
from calls import bot_client, legs
from calls.channels import Channel, Direction, EndReason, Status
from calls.leg import AnsweredBy, Leg
from calls.lifecycle import CallRequest, Ending, end_call, start_call
from calls.models import Call
from calls.stream_tokens import stream_url
from capacity.gate import CapacityExceeded
from carriers import plivo, plivo_xml
from carriers.errors import NotConnected
from common import jsonlog
from common.errors import Invalid, OperationError

logger = logging.getLogger(__name__)

NOT_IN_SERVICE = "This number is not in service. Goodbye."
NO_AGENT = "This number cannot take calls at the moment. Please try again later."


@dataclass(frozen=True)
class Incoming:
    """A call that reaches one of our numbers."""

    carrier_call_id: str
    from_number: str
    to_number: str


def call_out(
    agent: Agent, number: PhoneNumber, destination: str, variables: dict[str, Any]
) -> Call:
    """Call ``destination`` from ``number``. Raises what ``start_call`` does, and
    ``Invalid`` or ``NotConnected`` where no such call can be made at all."""
    if number.provider != Carrier.PLIVO:
        raise Invalid("This number cannot call telephones.")
    if not plivo.is_connected():
        raise NotConnected
    return start_call(
        CallRequest(
            agent=agent,
            channel=Channel.PHONE,
            direction=Direction.OUTBOUND,
            from_number=number.number,
            to_number=destination,
            dynamic_variables=variables,
            leg=Leg(carrier=Carrier.PLIVO),
        )
    )


def take(incoming: Incoming) -> str:
    """What the carrier is to do with a call to one of our numbers: an agent, or a
    sentence that says why not. The same call again gets the same agent."""
    known = find(incoming.carrier_call_id)
    if known:
        return talk(known)
    number = answering_number(Carrier.PLIVO, number=incoming.to_number)
    if number is None or number.agent is None:
        return plivo_xml.say_and_hang_up(NOT_IN_SERVICE)
    leg = Leg(
        carrier=Carrier.PLIVO,
        carrier_call_id=incoming.carrier_call_id,
        answered_at=timezone.now(),
    )
    try:
        call = start_call(
            CallRequest(
                agent=number.agent,
                channel=Channel.PHONE,
                from_number=incoming.from_number,
                to_number=number.number,
                leg=leg,
            )
        )
    except IntegrityError:
        # The carrier has told it twice at once, and the other one was quicker.
        known = find(incoming.carrier_call_id)
        return talk(known) if known else plivo_xml.say_and_hang_up(NO_AGENT)
    except CapacityExceeded as refused:
        return plivo_xml.say_and_hang_up(refused.message)
    except OperationError:
        return plivo_xml.say_and_hang_up(NO_AGENT)
    return plivo_xml.talk(stream_url(call))


def answering_number(carrier: Carrier, **known: str) -> PhoneNumber | None:
    """The number of ours by what the carrier calls it, with its agent; ``None`` if it
    is not ours, or nobody is to answer."""
    numbers = PhoneNumber.objects.select_related("agent__organization")
    return numbers.filter(
        provider=carrier,
        is_active=True,
        agent__archived_at=None,
        organization__is_active=True,
        **known,
    ).first()


def find(carrier_call_id: str) -> Leg | None:
    legs_ = Leg.objects.select_related("call")
    leg = legs_.filter(carrier_call_id=carrier_call_id).first()
    if leg:
        jsonlog.call_id.set(str(leg.pk))
    return leg


def talk(leg: Leg) -> str:
    """Connect an answered call with its bot, if both are still there."""
    if leg.call.status != Status.ACTIVE or leg.hung_up_at or leg.transferred_to:
        return plivo_xml.hang_up()
    return plivo_xml.talk(stream_url(leg.call))


def answered(leg: Leg) -> str:
    """The person we called has picked up; answers what the carrier is to do."""
    if leg.call.status == Status.ACTIVE and not leg.hung_up_at:
        legs.note(leg, answered_at=timezone.now())
    return talk(leg)


def hung_up(leg: Leg, cause: str, *, failure_reason: str, was_answered: bool) -> None:
    """The carrier's side is over. A call that was answered is ended by its bot, which
    knows who said the last word; one that was not has failed."""
    legs.note(leg, hung_up_at=timezone.now(), hangup_cause=cause[:80])
    call = leg.call
    if call.status != Status.ACTIVE:
        return
    if leg.answered_at or was_answered:
        if not bot_client.leave(call, EndReason.CALLER_HANGUP):
            end_call(call, Ending(Status.COMPLETED, EndReason.CALLER_HANGUP))
        return
    end_call(call, Ending(Status.FAILED, EndReason.NEVER_CONNECTED, failure_reason))
    bot_client.leave(call, EndReason.NEVER_CONNECTED)


def identified(leg: Leg, *, is_machine: bool) -> None:
    """The carrier knows whether a person or a machine has answered. With a machine the
    bot leaves the agent's message, or hangs up."""
    if leg.answered_by:
        return
    who = AnsweredBy.MACHINE if is_machine else AnsweredBy.HUMAN
    legs.note(leg, answered_by=who)
    call = leg.call
    if not is_machine or call.status != Status.ACTIVE:
        return
    config = call.agent_config
    leaves = config.get("voicemailAction") == "leave_message"
    message = config.get("voicemailMessage", "") if leaves else ""
    if not bot_client.leave(call, EndReason.VOICEMAIL, say=message):
        end_call(call, Ending(Status.COMPLETED, EndReason.VOICEMAIL))
        legs.hang_up(leg)
