"""Calls on WhatsApp: Meta brings the person's WebRTC offer, the bot answers it."""

import logging
from dataclasses import dataclass

from django.db import IntegrityError
from django.utils import timezone

from agents.models import Carrier
from calls import bot_client, legs, phone
from calls.channels import Channel, EndReason, Status
from calls.leg import Leg
from calls.lifecycle import CallRequest, Ending, end_call, start_call
from calls.models import Call
from capacity.gate import CapacityExceeded
from carriers import meta
from carriers.errors import CarrierError
from common.errors import NotFound, OperationError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incoming:
    """A call to one of our numbers on WhatsApp."""

    carrier_call_id: str
    number_id: str
    from_number: str
    sdp: str


def take(incoming: Incoming) -> None:
    """Answer a call, or refuse it. Told twice, it is taken once."""
    if phone.find(incoming.carrier_call_id):
        return
    number = phone.answering_number(Carrier.WHATSAPP, carrier_id=incoming.number_id)
    if number is None or number.agent is None:
        refuse(incoming, "")
        return
    leg = Leg(
        carrier=Carrier.WHATSAPP,
        carrier_call_id=incoming.carrier_call_id,
        number_id=incoming.number_id,
    )
    try:
        call = start_call(
            CallRequest(
                agent=number.agent,
                channel=Channel.WHATSAPP_CALL,
                from_number=incoming.from_number,
                to_number=number.number,
                leg=leg,
            )
        )
    except IntegrityError:
        return
    except CapacityExceeded as refused:
        refuse(incoming, refused.message)
    except OperationError:
        refuse(incoming, phone.NO_AGENT)
    else:
        connect(call, incoming)


def connect(call: Call, incoming: Incoming) -> None:
    """Let the bot answer the offer, and tell Meta. What fails ends the call."""
    offer = {"sdp": incoming.sdp, "type": "offer"}
    try:
        answer = bot_client.signal(call, "POST", offer)
        meta.answer(incoming.number_id, incoming.carrier_call_id, str(answer["sdp"]))
    except (CarrierError, bot_client.BotUnavailable, NotFound, KeyError) as error:
        from_carrier = isinstance(error, CarrierError)
        reason = "carrier_error" if from_carrier else "bot_unavailable"
        end_call(call, Ending(Status.FAILED, EndReason.ERROR, reason))
        bot_client.leave(call, EndReason.NEVER_CONNECTED)
        refuse(incoming, phone.NO_AGENT)
        return
    legs.note(Leg.objects.get(pk=call.pk), answered_at=timezone.now())


def refuse(incoming: Incoming, why: str) -> None:
    """Turn a call down. Meta has no words for why, so they are sent as a message."""
    try:
        meta.reject(incoming.number_id, incoming.carrier_call_id)
        if why:
            meta.send_text(incoming.number_id, incoming.from_number, why)
    except CarrierError:
        logger.warning("The carrier was not told of the refusal")


def terminated(leg: Leg, status: str) -> None:
    """The person has hung up, or the call came to nothing, by Meta's word."""
    phone.hung_up(
        leg,
        status,
        failure_reason="media_failed" if status == "FAILED" else "carrier_error",
        was_answered=status == "COMPLETED",
    )
