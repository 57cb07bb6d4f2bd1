"""The slots in Redis: one sorted set for the platform, one for each organization.

Member: the call's id. Score: the time of its last heartbeat by Redis' own clock.
The keys bear the name of their generation: a rebuild makes new ones, so that a command
of an earlier time that arrives late meets keys that nobody reads any more. The token
says which generation is whole. All keys carry one hash tag, so that one script may
touch them on a cluster.
"""

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import redis

from capacity.census import Census
from capacity.connection import Link
from capacity.names import TOKEN, Generation, Slot, generation, next_epoch
from capacity.scripts import ACQUIRE, OPEN, PUT, RELEASE, REMOVE, RENEW, Script

COLD, GRANTED, GLOBAL, ORG = range(4)
BATCH = 500
# How often a command is sent again because the sets were changed over meanwhile.
TRIES = 3


class Verdict(NamedTuple):
    """What an acquire answers: one of the four words above, if it is a refusal the
    slots in use by all and by the organization, and the token under which it was
    decided."""

    word: int
    all: int
    own: int
    token: str


class Stale(redis.RedisError):
    """The sets were changed over while something was done to them."""


class SlotSets:
    """The sets of one Redis. Every method raises ``redis.RedisError`` when it fails."""

    def __init__(self, link: Link) -> None:
        self.link = link
        # What the token was when last seen; threads may overwrite each other's.
        self._seen = generation("")

    def acquire(self, slot: Slot, limit: int, org_limit: int) -> Verdict:
        call, org = slot
        for _ in range(TRIES):
            token, _name, all_, own = self._seen
            reply = ACQUIRE(
                self.link, 3, TOKEN, all_, own + org, token, call, limit, org_limit
            )
            if reply == GRANTED:
                return Verdict(GRANTED, 0, 0, token)
            if type(reply) is list:
                word, all_in_use, own_in_use = reply
                return Verdict(word, all_in_use, own_in_use, token)
            if not reply:
                break
            self._seen = generation(reply.decode())
        return Verdict(COLD, 0, 0, "")

    def release(self, slots: Sequence[Slot], token: str = "") -> int:
        """Take the slots back; answers how many there were. With a ``token``, only
        from the sets that were in use under it."""
        return self._run(RELEASE, slots, token)

    def renew(self, slots: Sequence[Slot]) -> int:
        """Note a heartbeat of each; answers how many hold a slot."""
        return self._run(RENEW, slots, "")

    def put(self, slots: Sequence[Slot], token: str) -> int:
        """Give slots without asking the limits; answers how many had none."""
        return self._run(PUT, slots, token)

    def _run(self, script: Script, slots: Sequence[Slot], token: str) -> int:
        """Run ``script`` over the slots, so many at a time that nobody waits long."""
        if len(slots) > BATCH:
            parts = (slots[at : at + BATCH] for at in range(0, len(slots), BATCH))
            return sum(self._run(script, part, token) for part in parts)
        for _ in range(1 if token else TRIES):
            sets = generation(token) if token else self._seen
            _token, name, all_, own = sets
            if len(slots) == 1:  # as it mostly is
                ((call, org),) = slots
                reply = script(self.link, 3, TOKEN, all_, own + org, name, call)
            else:
                reply = script(self.link, *arguments(sets, slots, name))
            if type(reply) is int:
                return reply
            if not reply:
                break
            self._seen = generation(reply.decode())
        return 0

    def remove(self, slots: Sequence[Slot], token: str, before: float) -> int:
        """Take at most ``BATCH`` slots back whose heartbeat is from ``before``, and go
        on to the ``next_epoch``. Raises ``Stale`` if ``token`` is not in use."""
        sets = generation(token)
        given = arguments(sets, slots, token, next_epoch(token), before)
        reply = REMOVE(self.link, *given)
        if type(reply) is not int:
            raise Stale
        return reply

    def replace(self, slots: Sequence[Slot]) -> str:
        """Make a new generation of exactly these slots; answers its token."""
        fresh = generation(f"{int(self.now()):x}{secrets.token_hex(4)}.0")
        for at in range(0, len(slots), BATCH):
            PUT(self.link, *arguments(fresh, slots[at : at + BATCH], ""))
        opened = OPEN(self.link, 2, TOKEN, fresh.all, fresh.token, len(slots))
        if not opened:
            raise Stale
        self._seen = generation(opened.decode())
        return self._seen.token

    def token(self) -> str | None:
        """The token that is there now."""
        found: Any = self.link.client().get(TOKEN)
        return found.decode() if found else None

    def counts(self) -> dict[str, int]:
        """Slots in use by organization id; the sum is the platform's."""
        census = Census(self.link, self.token() or "")
        return census.counts(census.orgs())

    def now(self) -> float:
        """Redis' own clock, which the scores are of."""
        seconds: Any = self.link.client().time()
        return float(seconds[0])


def arguments(sets: Generation, slots: Sequence[Slot], *first: Any) -> list[Any]:
    """What the scripts over many slots take: number of keys, keys, arguments."""
    keys = [TOKEN, sets.all, *(sets.own + slot.org for slot in slots)]
    return [len(keys), *keys, *first, *(slot.call for slot in slots)]
