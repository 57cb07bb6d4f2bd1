"""Reads the sets in Redis as they are, in pieces that hold no acquire up."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from redis.client import Pipeline

from capacity.connection import Link
from capacity.names import PREFIX, TOKEN, Slot, generation
from capacity.scripts import FORGET

PAGE = 10_000
PIPED = 500
SCANNED = 1000
# A generation that is not in use after this long never will be: the rebuild that made
# it is over.
ABANDONED_SECS = 600


class Census:
    """The sets that a token names. Every method raises ``redis.RedisError``."""

    def __init__(self, link: Link, token: str) -> None:
        self.link, self.client = link, link.client()
        self.sets = generation(token)

    def calls(self) -> set[str]:
        """Every call that has a slot."""
        key = self.sets.all
        found: set[str] = set()
        for first in range(0, self.client.zcard(key), PAGE):
            page: Any = self.client.zrange(key, first, first + PAGE - 1)
            found.update(map(bytes.decode, page))
        return found

    def silent_since(self, before: float) -> list[str]:
        """The calls without a heartbeat after ``before``, by Redis' clock."""
        found: Any = self.client.zrange(self.sets.all, "-inf", before, byscore=True)
        return [call.decode() for call in found]

    def beats(self, calls: list[str]) -> dict[str, float]:
        """The last heartbeat of those calls that the platform's set has."""
        if not calls:
            return {}
        scores: Any = self.client.zmscore(self.sets.all, calls)
        found = zip(calls, scores, strict=True)
        return {call: score for call, score in found if score is not None}

    def orgs(self) -> list[str]:
        """The organizations that hold slots."""
        pattern = self.client.scan_iter(match=f"{self.sets.own}*", count=SCANNED)
        return list({key.decode().removeprefix(self.sets.own) for key in pattern})

    def counts(self, orgs: Iterable[str] | None = None) -> dict[str, int]:
        """How many slots each of ``orgs`` has in its own set; of all if ``None``."""
        names = self.orgs() if orgs is None else list(orgs)
        return dict(zip(names, self._each(names, Pipeline.zcard), strict=True))

    def slots(self, orgs: Iterable[str]) -> set[Slot]:
        """The slots of these organizations, by their own sets."""
        names = list(orgs)
        read = self._each(names, lambda pipe, key: pipe.zrange(key, 0, -1))
        sets = zip(names, read, strict=True)
        return {Slot(call.decode(), org) for org, calls in sets for call in calls}

    def _each(self, orgs: Iterable[str], ask: Callable[..., object]) -> Iterator[Any]:
        """Ask for the set of each organization, many in one round trip."""
        pending = iter(orgs)
        while part := list(islice(pending, PIPED)):
            pipeline = self.client.pipeline(transaction=False)
            for org in part:
                ask(pipeline, self.sets.own + org)
            yield from pipeline.execute()

    def forget_others(self, now: float) -> int:
        """Delete the sets of abandoned generations; answers how many keys."""
        abandoned = defaultdict(list)
        for key in self.client.scan_iter(match=f"{PREFIX}*:*", count=SCANNED):
            name = key.decode().removeprefix(PREFIX).partition(":")[0]
            if name != self.sets.name and made_at(name) < now - ABANDONED_SECS:
                abandoned[name].append(key)
        return sum(
            FORGET(self.link, 1 + len(part), TOKEN, *part, name)
            for name, keys in abandoned.items()
            for part in batches(keys)
        )


def batches(keys: list[bytes]) -> Iterator[list[bytes]]:
    return (keys[at : at + PIPED] for at in range(0, len(keys), PIPED))


def made_at(name: str) -> int:
    """When a generation was made, by Redis' clock: its name begins with it."""
    try:
        return int(name[:8], 16)
    except ValueError:
        return 0
