"""What is done with a call's leg, and what is noted of it."""

import logging
from typing import Any

from django.conf import settings
from django.utils import timezone

from agents.models import Carrier
from calls.channels import CARRIED_CHANNELS, Direction, EndReason, Status
from calls.leg import Leg
from calls.models import Call
from carriers import meta, plivo
from carriers.errors import CarrierError

logger = logging.getLogger(__name__)

RING_SECS = 60
# The carrier ends what nobody else has ended.
SPARE_SECS = 120


def of(call: Call) -> Leg | None:
    """What is known of the carrier's side by now."""
    if call.channel not in CARRIED_CHANNELS:
        return None
    return Leg.objects.filter(pk=call.pk).first()


def callback_url(call_id: object, event: str) -> str:
    return f"{settings.PUBLIC_URL}/api/plivo/calls/{call_id}/{event}"


def dial(call: Call) -> None:
    """Have the carrier call the person. Raises ``CarrierError``."""
    config = call.agent_config
    listens = config.get("voicemailAction", "none") != "none"
    carrier_call_id = plivo.dial(
        plivo.Dial(
            from_number=call.from_number,
            to_number=call.to_number,
            answer_url=callback_url(call.pk, "answer"),
            ring_url=callback_url(call.pk, "ring"),
            hangup_url=callback_url(call.pk, "hangup"),
            machine_url=callback_url(call.pk, "machine") if listens else "",
            ring_secs=RING_SECS,
            limit_secs=config["maxDurationSecs"] + SPARE_SECS,
        )
    )
    # A callback may have been quicker, and know the same.
    Leg.objects.filter(pk=call.pk, carrier_call_id="").update(
        carrier_call_id=carrier_call_id
    )


def note(leg: Leg, **facts: Any) -> None:
    """Keep facts that are not known yet; those that are stay as they are. The row
    decides: the same callback may be at work twice."""
    for name, fact in facts.items():
        unknown = None if Leg._meta.get_field(name).null else ""
        Leg.objects.filter(pk=leg.pk, **{name: unknown}).update(**{name: fact})
    leg.refresh_from_db()


def hang_up(leg: Leg) -> None:
    """End the carrier's side, unless it is over or with somebody else by now."""
    if leg.hung_up_at or leg.transferred_to or not leg.carrier_call_id:
        return
    try:
        if leg.carrier == Carrier.PLIVO:
            plivo.hang_up(leg.carrier_call_id)
        else:
            meta.hang_up(leg.number_id, leg.carrier_call_id)
    except CarrierError:
        # Its own limit of time ends it, if the caller does not.
        logger.warning("The carrier was not told to hang up")
        return
    note(leg, hung_up_at=timezone.now())


def close(call: Call) -> None:
    """Hang up at the carrier for a call that has ended here."""
    if leg := of(call):
        hang_up(leg)


def is_live(leg: Leg) -> bool | None:
    """Whether the carrier has the call; ``None`` if it cannot be told."""
    if leg.hung_up_at or not leg.carrier_call_id:
        return False
    if leg.carrier != Carrier.PLIVO:
        # Meta has nothing to ask.
        return False
    try:
        return plivo.is_live(leg.carrier_call_id)
    except CarrierError:
        return None


def truer_end(call: Call, end_reason: str, failure_reason: str) -> tuple[str, str, str]:
    """(status, end reason, failure reason) of a report, made right by what only the
    carrier knows: the bot sees a line that falls silent, or one that never begins."""
    status = Status.FAILED if failure_reason else Status.COMPLETED
    leg = of(call)
    if leg is None:
        return status, end_reason, failure_reason
    if leg.transferred_to and end_reason == EndReason.CALLER_HANGUP:
        return status, EndReason.TRANSFERRED, failure_reason
    unanswered = call.direction == Direction.OUTBOUND and not leg.answered_at
    if unanswered and failure_reason == "never_connected":
        return status, end_reason, "no_answer"
    return status, end_reason, failure_reason


def answered_secs(call: Call, reported_secs: float) -> float:
    """How long the line was open: what a carrier charges for. By the bot's word where
    the carrier has told nothing."""
    leg = of(call)
    if leg is None or leg.answered_at is None or call.ended_at is None:
        return reported_secs
    return max((call.ended_at - leg.answered_at).total_seconds(), 0)
