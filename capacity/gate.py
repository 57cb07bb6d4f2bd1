"""The capacity gate: a caller hears an agent or a clear refusal, never silence.

Redis decides, in one round trip. PostgreSQL has the last word: a call's row is saved
only while the token that Redis showed is still the one in ``Fence``. Where Redis
cannot be asked, PostgreSQL decides alone, under a lock, and changes the token, so that
the two never admit side by side. See docs/capacity.md.
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import redis
from django.conf import settings

from capacity import fence, sets
from capacity.breaker import Breaker
from capacity.sets import Slot, SlotSets, Verdict
from common.errors import OperationError, Unavailable

logger = logging.getLogger(__name__)

ATTEMPTS = 5
RETRY_AFTER_SECS = 5
SCOPES = {sets.GLOBAL: "global", sets.ORG: "org"}


class CapacityExceeded(OperationError):
    """The answer at the limit; ``details`` are the keys of the 429."""

    status = 429
    code = "high_volume"
    message = "All voice agents are currently busy. Please try again in a moment."


class Ledger(Protocol):
    """The truth behind the gate: the rows of active voice calls."""

    def usage(self, org: str) -> tuple[int, int]:
        """Slots in use by all and by one organization."""

    def holders(self) -> Iterable[Slot]:
        """Every slot that an active call holds."""

    def ended(self, calls: Iterable[str]) -> set[str]:
        """Those of ``calls`` that hold no slot any more."""


@dataclass
class Gate:
    """Admits calls while there is room; see ``calls.slots`` for the one in use."""

    slots: SlotSets
    ledger: Ledger
    breaker: Breaker

    def admit(self, slot: Slot, org_limit: int, save: Callable[[], object]) -> None:
        """Take a slot and save the call's row, or leave nothing behind.

        ``save`` inserts the row; it is called once, in a transaction. Raises
        ``CapacityExceeded`` at a limit, and ``Unavailable`` if it cannot be told.
        """
        for _ in range(ATTEMPTS):
            try:
                if self.breaker.is_open():
                    return self._admit_in_database(slot, org_limit, save)
                if self._admit_in_redis(slot, org_limit, save):
                    return None
                self.rebuild()
            except redis.RedisError as error:
                self.fail(error)
        raise Unavailable

    def _admit_in_redis(
        self, slot: Slot, org_limit: int, save: Callable[[], object]
    ) -> bool:
        """``False`` if the sets are not to be trusted and must be rebuilt first."""
        limit = settings.MAX_CONCURRENT_CALLS
        verdict = self.slots.acquire(slot, limit, org_limit)
        if verdict.word == sets.COLD:
            return False
        if verdict.word != sets.GRANTED:
            if fence.current() != verdict.token:
                return False
            raise refusal(verdict, org_limit)
        try:
            saved = self._save(verdict.token, save)
        except BaseException:
            self.release([slot])
            raise
        if not saved:
            self.release([slot])
        return saved

    def _save(self, token: str, save: Callable[[], object]) -> bool:
        with fence.shared() as current:
            if current != token:
                return False
            save()
            return True

    def _admit_in_database(
        self, slot: Slot, org_limit: int, save: Callable[[], object]
    ) -> None:
        limit = settings.MAX_CONCURRENT_CALLS
        with fence.exclusive():
            fence.distrust()
            all_, own = self.ledger.usage(slot.org)
            for word, full in (
                (sets.GLOBAL, all_ >= limit),
                (sets.ORG, own >= org_limit),
            ):
                if full:
                    raise refusal(Verdict(word, all_, own, ""), org_limit)
            save()

    def release(self, slots: Sequence[Slot]) -> None:
        """Give slots back; those that were given back before are passed over.

        A release that Redis does not take makes the sets untrustworthy, so that the
        next call has them rebuilt instead of being refused for a slot that is free.
        """
        if not self._tell(self.slots.release, slots):
            fence.distrust()

    def renew(self, slots: Sequence[Slot]) -> None:
        """Note the heartbeat of calls that a bot says it holds."""
        self._tell(self.slots.renew, slots)

    def _tell(
        self, command: Callable[[Sequence[Slot]], int], slots: Sequence[Slot]
    ) -> bool:
        """Whether Redis took the command."""
        if self.breaker.is_open():
            return False
        try:
            command(slots)
        except redis.RedisError as error:
            self.fail(error)
            return False
        return True

    def rebuild(self) -> None:
        """Fill the sets from the ledger, unless somebody has just done so."""
        with fence.exclusive() as current:
            if current and self.slots.token() == current:
                return
            token = uuid.uuid4().hex
            self.slots.clear()
            holders = list(self.ledger.holders())
            self.slots.put(holders)
            self.drop_ended(holders)
            self.slots.set_token(token)
            fence.trust(token)
        logger.warning("Capacity sets rebuilt", extra={"slots": len(holders)})

    def drop_ended(self, slots: Iterable[Slot]) -> None:
        """Take back slots of calls that ended between the read and the ``put``."""
        by_call = {slot.call: slot for slot in slots}
        self.slots.release([by_call[call] for call in self.ledger.ended(by_call)])

    def fail(self, error: redis.RedisError) -> None:
        """Note that Redis did not answer, and leave it alone for a while."""
        self.breaker.trip()
        logger.warning("Redis capacity Lua failed", extra={"reason": reason(error)})


def refusal(verdict: Verdict, org_limit: int) -> CapacityExceeded:
    """The 429 that tells which limit was met, logged as what operators alert on."""
    details = {
        "scope": SCOPES[verdict.word],
        "global": verdict.all,
        "org": verdict.own,
        "globalLimit": settings.MAX_CONCURRENT_CALLS,
        "orgLimit": org_limit,
    }
    logger.warning("Capacity gate triggered", extra=details)
    exceeded = CapacityExceeded(**details)
    exceeded.headers["Retry-After"] = str(RETRY_AFTER_SECS)
    return exceeded


def reason(error: redis.RedisError) -> str:
    """The kind of failure; its text may hold the server's address."""
    return type(error).__name__
