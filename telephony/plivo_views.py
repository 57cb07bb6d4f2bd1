"""Plivo's callbacks: each parses, calls one function, and answers."""

import uuid

from django.utils import timezone

from calls import legs, phone, transfer
from calls.leg import Leg
from carriers import plivo_callbacks, plivo_xml
from common import jsonlog
from common.errors import NotFound
from telephony.callbacks import Params, number, plivo_callback, text


def leg_of(call_id: uuid.UUID, params: Params) -> Leg:
    """The leg that a callback is about; it learns the carrier's id by the way."""
    jsonlog.call_id.set(str(call_id))
    leg = Leg.objects.select_related("call").filter(pk=call_id).first()
    if leg is None:
        raise NotFound("There is no call by that id.")
    if (given := text(params, "CallUUID")[:190]) and not leg.carrier_call_id:
        legs.note(leg, carrier_call_id=given)
    return leg


@plivo_callback
def incoming(params: Params) -> str:
    """Somebody calls one of our numbers."""
    return phone.take(
        phone.Incoming(
            carrier_call_id=text(params, "CallUUID")[:190],
            from_number=number(params, "From"),
            to_number=number(params, "To"),
        )
    )


@plivo_callback
def incoming_hangup(params: Params) -> str:
    """A call to one of our numbers is over, whether it was taken or not."""
    if leg := phone.find(text(params, "CallUUID")[:190]):
        note_hangup(leg, params)
    return ""


@plivo_callback
def ring(params: Params, call_id: uuid.UUID) -> str:
    legs.note(leg_of(call_id, params), ringing_at=timezone.now())
    return ""


@plivo_callback
def answer(params: Params, call_id: uuid.UUID) -> str:
    return phone.answered(leg_of(call_id, params))


@plivo_callback
def hangup(params: Params, call_id: uuid.UUID) -> str:
    note_hangup(leg_of(call_id, params), params)
    return ""


@plivo_callback
def machine(params: Params, call_id: uuid.UUID) -> str:
    is_machine = text(params, "Machine").lower() == "true"
    phone.identified(leg_of(call_id, params), is_machine=is_machine)
    return ""


@plivo_callback
def transfer_begins(params: Params, call_id: uuid.UUID) -> str:
    return transfer.instructions(leg_of(call_id, params))


@plivo_callback
def transfer_summary(params: Params, call_id: uuid.UUID) -> str:
    return plivo_xml.say(leg_of(call_id, {}).transfer_summary)


@plivo_callback
def transfer_ends(params: Params, call_id: uuid.UUID) -> str:
    was_answered = text(params, "DialStatus").lower() in ("completed", "answer")
    return transfer.over(leg_of(call_id, {}), was_answered=was_answered)


def note_hangup(leg: Leg, params: Params) -> None:
    cause, status = text(params, "HangupCause"), text(params, "CallStatus")
    billed = text(params, "BillDuration") or "0"
    phone.hung_up(
        leg,
        cause or status,
        failure_reason=plivo_callbacks.failure_reason(
            cause, text(params, "HangupCauseCode"), status
        ),
        was_answered=billed.isascii() and billed.isdigit() and int(billed[:9]) > 0,
    )
