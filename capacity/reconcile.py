"""Mends what the sets in Redis and the rows of active calls do not agree on.

Both are read while calls come and go. Only a difference that was found is looked at
again under the gate's lock, so that nobody waits for the reading.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from capacity import fence, history
from capacity.census import Census, Survey
from capacity.connection import Link, patient_client
from capacity.gate import Gate
from capacity.holders import Holders
from capacity.models import EpisodeKind
from capacity.names import Slot, next_epoch
from capacity.sets import SlotSets, Stale

logger = logging.getLogger(__name__)

# An acquire in Redis is seldom this old before its row is saved. One that is gets
# another token and is asked again.
GRACE_SECS = 30
# As many as keep the lock for some milliseconds.
BATCH = 200

# For all but what is done under the lock.
PATIENT = SlotSets(Link(patient_client))


@dataclass(frozen=True)
class Reconciled:
    """Slots in use by the database, organizations that hold any, and the drift: slots
    that were added and removed."""

    global_count: int
    orgs: int
    added: int
    removed: int


def reconcile(gate: Gate) -> Reconciled:
    """Compare slot by slot, never number by number.

    Members that no active row backs and that are older than ``GRACE_SECS`` go; active
    rows without a member come in. Raises ``redis.RedisError`` if Redis does not answer.
    """
    for _ in range(2):
        token, backed = gate.holders()
        census = Census(PATIENT.link, token)
        if found := census.survey(backed.counts):
            break
        gate.rebuild()
    else:
        raise Stale
    extra, missing = difference(census, backed, found)
    added = add_missing(gate, missing, token)
    removed = remove_old(gate, census, extra)
    census.forget(found.others)
    history.count(EpisodeKind.DRIFT, added + removed)
    if added or removed:
        logger.warning(
            "Capacity drift mended", extra={"added": added, "removed": removed}
        )
    in_use = backed.counts.values()
    return Reconciled(sum(in_use), len(in_use), added, removed)


def difference(
    census: Census, backed: Holders, found: Survey
) -> tuple[list[Slot], list[Slot]]:
    """Slots in the sets that no row backs, and rows that have no slot.

    The platform's set is compared call by call with the ``backed``, those of
    organizations by their size; only those whose size differs are read.
    """
    if found.calls == backed.calls() and found.counts == backed.counts:
        return [], []
    slots, in_all = set(backed.slots()), set(map(bytes.decode, found.calls))
    odd = {
        org for org, count in found.counts.items() if count != backed.counts.get(org, 0)
    }
    in_own = census.slots(odd)
    org_of = dict(in_own)
    unbacked = in_all - {slot.call for slot in slots}
    extra = {Slot(call, org_of.get(call, "")) for call in unbacked} | (in_own - slots)
    missing = {slot for slot in slots if slot.call not in in_all}
    missing |= {slot for slot in slots if slot.org in odd} - in_own
    return sorted(extra), sorted(missing)


def remove_old(gate: Gate, census: Census, extra: list[Slot]) -> int:
    """Take back those of ``extra`` that are no acquire in flight; answers how many."""
    if not extra:
        return 0
    beats = census.beats([slot.call for slot in extra])
    before = PATIENT.now() - GRACE_SECS
    old = [slot for slot in extra if beats.get(slot.call, before) <= before]
    return remove_unbacked(gate, old, before)


def add_missing(gate: Gate, missing: Sequence[Slot], token: str) -> int:
    """Give slots to those calls that are still active; answers how many had none."""
    if not missing:
        return 0
    # Most seem missing because they ended after their rows were read.
    ended = gate.ledger.ended(slot.call for slot in missing)
    held = [slot for slot in missing if slot.call not in ended]
    return PATIENT.put(held, token) - gate.drop_ended(held, token)


def reap(gate: Gate, grace_secs: float = GRACE_SECS) -> int:
    """Take back the slots of calls that ended without anyone giving them back, because
    the process that ended them was killed. Answers how many."""
    census = Census(PATIENT.link, fence.current() or "")
    if not census.is_whole():
        return 0  # the next call has the sets rebuilt
    before = PATIENT.now() - grace_secs
    gone = gate.ledger.ended(census.silent_since(before))
    if not gone:
        return 0
    # Their rows may never have been saved: only the sets know the organization.
    org_of = dict(census.slots(census.orgs()))
    slots = [Slot(call, org_of.get(call, "")) for call in gone]
    removed = remove_unbacked(gate, slots, before)
    history.count(EpisodeKind.REAPED, removed)
    logger.warning("Slots without a call taken back", extra={"slots": removed})
    return removed


def remove_unbacked(gate: Gate, slots: Sequence[Slot], before: float) -> int:
    """Remove those of ``slots`` that no active call holds and whose heartbeat is from
    ``before``; answers how many."""
    removed = 0
    for at in range(0, len(slots), BATCH):
        try:
            removed += _remove_part(gate, slots[at : at + BATCH], before)
        except Stale:
            break  # the sets are being rebuilt, and are whole afterwards
    return removed


def _remove_part(gate: Gate, slots: Iterable[Slot], before: float) -> int:
    by_call = {slot.call: slot for slot in slots}
    # No row is saved meanwhile, and none afterwards under the old token.
    with fence.exclusive() as token:
        gone = [by_call[call] for call in gate.ledger.ended(by_call)]
        if token is None or not gone:
            return 0
        fence.trust(next_epoch(token))
        return gate.slots.remove(gone, token, before)
