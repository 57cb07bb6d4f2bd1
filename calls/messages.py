"""Messages on WhatsApp: text conversations that a person goes on with by writing."""

import logging
import uuid

from django.db import IntegrityError

from agents.models import Carrier, PhoneNumber
from calls import conversations, phone
from calls.channels import Channel
from calls.lifecycle import CallRequest, draft_call
from calls.models import Call, CallQuerySet
from carriers import meta
from carriers.errors import CarrierError

logger = logging.getLogger(__name__)


def answer(number_id: str, from_number: str, text: str) -> None:
    """Have the number's agent answer, in the conversation that is open with this
    person, or else in a new one. Raises what ``conversations.reply`` does."""
    number = phone.answering_number(Carrier.WHATSAPP, carrier_id=number_id)
    if number is None or number.agent is None:
        return
    call = open_conversation(number, from_number)
    try:
        said = conversations.reply(call, text)
    except IntegrityError:
        # Two messages at once have begun the same conversation.
        said = conversations.reply(open_conversation(number, from_number), text)
    try:
        meta.send_text(number_id, from_number, said)
    except CarrierError:
        # It stands in the transcript; the person may ask again.
        logger.warning("The reply was not delivered")


def open_conversation(number: PhoneNumber, from_number: str) -> Call:
    """The active conversation of this person with the number's agent, or a draft."""
    theirs: CallQuerySet = Call.objects.filter(
        organization=number.organization_id,
        channel=Channel.WHATSAPP_MESSAGE,
        from_number=from_number,
        to_number=number.number,
    )
    active = theirs.active().filter(agent=number.agent_id)
    found: Call | None = active.select_related("organization").first()
    if found:
        return found
    assert number.agent
    call = draft_call(
        CallRequest(
            agent=number.agent,
            channel=Channel.WHATSAPP_MESSAGE,
            from_number=from_number,
            to_number=number.number,
        )
    )
    # Whoever begins it at the same time begins the same one.
    call.pk = uuid.uuid5(number.pk, f"{from_number}:{theirs.count()}")
    return call
