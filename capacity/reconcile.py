"""Mends what the sets in Redis and the rows of active calls do not agree on."""

import logging
import uuid
from dataclasses import dataclass

from capacity import fence
from capacity.gate import Gate
from capacity.sets import Slot

logger = logging.getLogger(__name__)

# An acquire in Redis is at most this old before its row is saved.
GRACE_SECS = 30


@dataclass(frozen=True)
class Reconciled:
    """Slots in use afterwards, organizations that hold any, and the drift found."""

    global_count: int
    orgs: int
    added: int
    removed: int


def reconcile(gate: Gate) -> Reconciled:
    """Compare slot by slot, never number by number.

    Members that no active row backs and that are older than ``GRACE_SECS`` go; active
    rows without a member come in. The lock keeps saves out meanwhile, and a removal
    changes the token, so that an acquire that was as old is asked again. Raises
    ``redis.RedisError`` if Redis does not answer.
    """
    with fence.exclusive() as token:
        trusted = token is not None and gate.slots.token() == token
        if trusted:
            result = _mend(gate)
    if not trusted:
        gate.rebuild()
        counts = gate.slots.counts()
        result = Reconciled(sum(counts.values()), len(counts), 0, 0)
    if result.added or result.removed:
        logger.warning(
            "Capacity drift mended",
            extra={"added": result.added, "removed": result.removed},
        )
    return result


def _mend(gate: Gate) -> Reconciled:
    held = dict(gate.slots.held())
    backed = set(gate.ledger.holders())
    before = gate.slots.now() - GRACE_SECS
    gone = [slot for slot, beat in held.items() if slot not in backed and beat < before]
    known = {slot.call for slot in held}
    gone += [Slot(call, "") for call, beat in gate.slots.strays(known) if beat < before]
    if gone:
        token = uuid.uuid4().hex
        gate.slots.set_token(token)
        fence.trust(token)
    gate.slots.release(gone)
    missing = [slot for slot in backed if slot not in held]
    added = gate.slots.put(missing)
    gate.drop_ended(missing)
    orgs = {slot.org for slot in backed}
    return Reconciled(len(backed), len(orgs), added, len(gone))
