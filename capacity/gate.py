"""The capacity gate: a caller hears an agent or a clear refusal, never silence.

Redis decides, in one round trip. PostgreSQL has the last word: a call's row is saved
only while the token that Redis showed is still the one in ``Fence``. Where Redis
cannot be asked, PostgreSQL decides alone, under a lock, and changes the token, so that
the two never admit side by side. See docs/capacity.md.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import redis
from django.conf import settings
from django.db import Error, InterfaceError, InternalError, OperationalError

from capacity import fence, history, metrics, sets
from capacity.breaker import Breaker
from capacity.holders import Holders
from capacity.models import EpisodeKind
from capacity.names import Slot
from capacity.sets import SlotSets, Verdict
from common.errors import OperationError, Unavailable

logger = logging.getLogger(__name__)

ATTEMPTS = 3
RETRY_AFTER_SECS = 5
Save = Callable[[bool], object]
SCOPES = {sets.GLOBAL: "global", sets.ORG: "org"}


class CapacityExceeded(OperationError):
    """The answer at the limit; ``details`` are the keys of the 429."""

    status = 429
    code = "high_volume"
    message = "All voice agents are currently busy. Please try again in a moment."


class Ledger(Protocol):
    """The truth behind the gate: the rows of active voice calls."""

    # A statement of the parameter ``org``: slots in use by all and by that one.
    usage: str
    # One that finds the rows of ``Holders``.
    holders: str

    def ended(self, calls: Iterable[str]) -> set[str]:
        """Those of ``calls`` that hold no slot any more."""


@dataclass
class Gate:
    """Admits calls while there is room; see ``calls.slots`` for the one in use."""

    slots: SlotSets
    ledger: Ledger
    breaker: Breaker

    def admit(self, slot: Slot, org_limit: int, save: Save) -> None:
        """Take a slot and save the call's row, or leave nothing behind.

        ``save`` inserts the row; it is called once, in a transaction, and told whether
        PostgreSQL decided alone. Raises ``CapacityExceeded`` at a limit, and
        ``Unavailable`` or a database's error if it cannot be told.
        """
        started, result = time.perf_counter(), "unavailable"
        try:
            result = self._admit(slot, org_limit, save)
        except CapacityExceeded as refused:
            result = refused.details["scope"]
            history.count_refusal(slot.org, result)
            raise
        except InternalError as error:
            # The server cut a transaction off that had hung for too long.
            raise Unavailable from error
        finally:
            metrics.ACQUIRE.labels(result).inc()
            metrics.ACQUIRE_SECONDS.observe(time.perf_counter() - started)

    def _admit(self, slot: Slot, org_limit: int, save: Save) -> str:
        for _ in range(ATTEMPTS):
            if self.breaker.is_open():
                break
            try:
                if self._admit_in_redis(slot, org_limit, save):
                    self.breaker.close()
                    return "granted"
                self.rebuild()
            except redis.RedisError as error:
                self.fail(error)
        # Redis does not answer, or others change the sets over time and again.
        self._admit_in_database(slot, org_limit, save)
        return "fallback"

    def _admit_in_redis(self, slot: Slot, org_limit: int, save: Save) -> bool:
        """``False`` if the sets are not to be trusted and must be rebuilt first."""
        limit = settings.MAX_CONCURRENT_CALLS
        verdict = self.slots.acquire(slot, limit, org_limit)
        if verdict.word == sets.COLD:
            return False
        if verdict.word != sets.GRANTED:
            self.breaker.close()
            if fence.current() != verdict.token:
                return False
            raise refusal(verdict, org_limit)
        try:
            saved = self._save(verdict.token, save)
        except BaseException as error:
            self._give_up(slot, verdict.token, error)
            raise
        if not saved:
            self.release([slot], verdict.token)
        return saved

    def _save(self, token: str, save: Save) -> bool:
        with fence.shared() as current:
            if current != token:
                return False
            save(False)
            return True

    def _give_up(self, slot: Slot, token: str, error: BaseException) -> None:
        """Give the slot of a call back that was not saved, if that is certain."""
        lost = isinstance(error, OperationalError | InterfaceError | InternalError)
        if lost and fence.connection_is_lost():
            # The row may be there. What is left of its transaction holds the lock.
            try:
                with fence.exclusive():
                    gone = self.ledger.ended([slot.call])
            except Error:
                return  # ``reap`` takes it back once PostgreSQL can be asked
            if not gone:
                return  # a call without a bot, which ``end_lost_calls`` ends
        self.release([slot], token)

    def _admit_in_database(self, slot: Slot, org_limit: int, save: Save) -> None:
        limit = settings.MAX_CONCURRENT_CALLS
        with fence.in_turn(self.ledger.usage, org=slot.org) as turn:
            if turn.token is not None:
                fence.distrust()
            all_, own = turn.found
            admitted = all_ < limit and own < org_limit
            if admitted:
                save(True)
        # Outside the block, for a refusal that rolled back would trust Redis again.
        if not admitted:
            full = sets.GLOBAL if all_ >= limit else sets.ORG
            raise refusal(Verdict(full, all_, own, ""), org_limit)
        if turn.waited:
            fence.make_durable()  # before the caller is told

    def release(self, slots: Sequence[Slot], token: str = "") -> None:
        """Give slots back; those that were given back before are passed over. With a
        ``token``, only from the sets that were in use under it.

        A release that Redis does not take makes the sets untrustworthy, so that the
        next call has them rebuilt instead of being refused for a slot that is free.
        """
        if not slots:
            return
        freed = self._tell(lambda: self.slots.release(slots, token))
        if freed is None:
            # After whoever is rebuilding: that one may have seen the calls active.
            with fence.shared():
                fence.distrust()
        elif not token:
            metrics.RELEASED.inc(freed)

    def renew(self, slots: Sequence[Slot]) -> None:
        """Note the heartbeat of calls that a bot says it holds."""
        if slots:
            self._tell(lambda: self.slots.renew(slots))

    def _tell(self, command: Callable[[], int]) -> int | None:
        """What Redis answers; ``None`` if it did not take the command."""
        if self.breaker.is_open():
            return None
        try:
            answer = command()
        except redis.RedisError as error:
            self.fail(error)
            return None
        self.breaker.close()
        return answer

    def rebuild(self) -> None:
        """Fill new sets from the ledger, unless somebody has just done so."""
        with fence.exclusive() as current:
            if current and self.slots.token() == current:
                return
            _, holders = self.holders()
            slots = holders.slots()
            token = self.slots.replace(slots)
            # Only now: a call that ends from here on finds the new sets itself.
            self.drop_ended(slots, token)
            fence.trust(token)
            history.note(EpisodeKind.REBUILT)
        logger.warning("Capacity sets rebuilt", extra={"slots": len(slots)})

    def holders(self) -> tuple[str, Holders]:
        """The token, empty if there is none, and the calls that hold a slot."""
        token, rows = fence.current_and(self.ledger.holders)
        return token or "", Holders(rows)

    def drop_ended(self, slots: Iterable[Slot], token: str) -> int:
        """Take back slots of calls that ended between the read and the ``put``; answers
        how many."""
        by_call = {slot.call: slot for slot in slots}
        ended = [by_call[call] for call in self.ledger.ended(by_call)]
        return self.slots.release(ended, token)

    def fail(self, error: redis.RedisError) -> None:
        """Note that Redis did not answer, and leave it alone for a while."""
        self.breaker.trip()
        metrics.BACKEND_FAILURES.inc()
        logger.warning("Redis capacity Lua failed", extra={"reason": reason(error)})


def refusal(verdict: Verdict, org_limit: int) -> CapacityExceeded:
    """The 429 that tells which limit was met, logged as what operators alert on."""
    details: dict[str, Any] = {
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
