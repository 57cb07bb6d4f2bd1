"""Reads the sets in Redis as they are, in pieces that hold no acquire up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from capacity.connection import Link
from capacity.names import PREFIX, TOKEN, Slot, generation
from capacity.scripts import FORGET, SIZES

PAGE = 2_500
PIPED = 500
SCANNED = 1000
# A generation that is not in use after this long never will be: the rebuild that made
# it is over.
ABANDONED_SECS = 600

Each = TypeVar("Each")


class Census:
    """The sets that a token names. Every method raises ``redis.RedisError``."""

    def __init__(self, link: Link, token: str) -> None:
        self.link, self.client = link, link.client()
        self.sets = generation(token)

    def calls(self) -> set[str]:
        """Every call that has a slot."""
        found: set[str] = set()
        first, page = 0, [b""] * PAGE
        while len(page) == PAGE:
            page = self._page(first)
            found.update(map(bytes.decode, page))
            first += PAGE
        return found

    def _page(self, first: int) -> list[bytes]:
        page: Any = self.client.zrange(self.sets.all, first, first + PAGE - 1)
        return list(page)

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

    def scan(self) -> tuple[set[str], list[bytes]]:
        """The organizations that hold slots, and the keys of other generations."""
        ours, own = f"{PREFIX}{self.sets.name}:".encode(), self.sets.own.encode()
        orgs, others = set(), []
        # A second pass by a scan may show a key again.
        for key in self.client.scan_iter(match=f"{PREFIX}*:*", count=SCANNED):
            if key.startswith(own):
                orgs.add(key[len(own) :].decode())
            elif not key.startswith(ours):
                others.append(key)
        return orgs, others

    def counts(self, orgs: Iterable[str] | None = None) -> dict[str, int]:
        """How many slots each of ``orgs`` has in its own set; of all if ``None``."""
        names = list(self.scan()[0] if orgs is None else orgs)
        sizes: list[int] = []
        for part in batches(names):
            sizes += SIZES(self.link, len(part), *(self.sets.own + org for org in part))
        return dict(zip(names, sizes, strict=True))

    def slots(self, orgs: Iterable[str]) -> set[Slot]:
        """The slots of these organizations, by their own sets."""
        found: set[Slot] = set()
        for part in batches(list(orgs)):
            pipeline = self.client.pipeline(transaction=False)
            for org in part:
                pipeline.zrange(self.sets.own + org, 0, -1)
            for org, calls in zip(part, pipeline.execute(), strict=True):
                found.update(Slot(call.decode(), org) for call in calls)
        return found

    def forget(self, others: Iterable[bytes]) -> int:
        """Delete the keys of abandoned generations; answers how many."""
        by_name = defaultdict(list)
        for key in others:
            name = key.decode().removeprefix(PREFIX).partition(":")[0]
            by_name[name].append(key)
        if not by_name:
            return 0
        seconds: Any = self.client.time()
        return sum(
            FORGET(self.link, 1 + len(part), TOKEN, *part, name)
            for name, keys in by_name.items()
            if made_at(name) < seconds[0] - ABANDONED_SECS
            for part in batches(keys)
        )


def batches(keys: list[Each]) -> Iterator[list[Each]]:
    return (keys[at : at + PIPED] for at in range(0, len(keys), PIPED))


def made_at(name: str) -> int:
    """When a generation was made, by Redis' clock: its name begins with it."""
    try:
        return int(name[:8], 16)
    except ValueError:
        return 0
