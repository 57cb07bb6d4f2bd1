"""Handing a phone call to a person: the agent leaves, the line goes on."""

from calls import bot_client, legs
from calls.channels import Channel, Direction, EndReason, Status
from calls.leg import Leg
from calls.lifecycle import Ending, end_call
from calls.models import Call
from carriers import plivo, plivo_xml
from carriers.errors import CarrierError
from common.errors import Conflict

PLEASE_HOLD = "Please hold the line while I connect you."
NOBODY_THERE = "Nobody could take the call. Please try again later. Goodbye."


def hand_over(call: Call, destination: str, summary: str) -> Call:
    """Connect the caller to ``destination``, who hears ``summary`` first. The call ends
    as ``transferred``, and its slot is free. Raises ``Conflict`` where that cannot be
    done and ``CarrierError``, after which the call goes on as it was."""
    leg = legs.of(call)
    if call.channel != Channel.PHONE or leg is None:
        raise Conflict("Only a phone call can be handed to a person.")
    if call.status != Status.ACTIVE or not leg.answered_at or leg.hung_up_at:
        raise Conflict("The call is not in progress.")
    free = Leg.objects.filter(pk=leg.pk, transferred_to="")
    if not free.update(transferred_to=destination, transfer_summary=summary):
        raise Conflict("The call is being handed over already.")
    try:
        plivo.hand_over(leg.carrier_call_id, legs.callback_url(call.pk, "transfer"))
    except CarrierError:
        Leg.objects.filter(pk=leg.pk).update(transferred_to="", transfer_summary="")
        raise
    if not end_call(call, Ending(Status.COMPLETED, EndReason.TRANSFERRED)):
        # The bot saw the line go and was quicker.
        heard = Call.objects.filter(pk=call.pk, end_reason=EndReason.CALLER_HANGUP)
        heard.update(end_reason=EndReason.TRANSFERRED)
    bot_client.leave(call, EndReason.TRANSFERRED)
    call.refresh_from_db()
    return call


def instructions(leg: Leg) -> str:
    """What the carrier is to do with a caller who is handed over."""
    if not leg.transferred_to:
        return plivo_xml.hang_up()
    urls = {"after": legs.callback_url(leg.pk, "transferred")}
    if leg.transfer_summary:
        urls["summary"] = legs.callback_url(leg.pk, "summary")
    call = leg.call
    inbound = call.direction == Direction.INBOUND
    ours = call.to_number if inbound else call.from_number
    return plivo_xml.hand_over(PLEASE_HOLD, leg.transferred_to, urls, ours)


def over(leg: Leg, *, was_answered: bool) -> str:
    """The person has hung up, or has never answered, which the caller is told."""
    legs.note(leg, transfer_answered=was_answered)
    if was_answered:
        return plivo_xml.hang_up()
    return plivo_xml.say_and_hang_up(NOBODY_THERE)
