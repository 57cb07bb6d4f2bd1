"""Reads the sets in Redis as they are, in pieces that hold no acquire up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from capacity.connection import Link
from capacity.names import PREFIX, TOKEN, Slot, generation
from capacity.scripts import FORGET, SIZES

PAGE = 2_500
PIPED = 250
SCANNED = 1000
# A generation that is not in use after this long never will be: the rebuild that made
# it is over.
ABANDONED_SECS = 600

Each = TypeVar("Each")


class Survey(NamedTuple):
    """The sets as they are: every call that has a slot, how many slots organizations
    have in sets of their own, and the keys of other generations."""

    calls: set[bytes]
    counts: dict[str, int]
    others: list[bytes]


class Census:
    """The sets that a token names. Every method raises ``redis.RedisError``."""

    def __init__(self, link: Link, token: str) -> None:
        self.link, self.client = link, link.client()
        self.sets = generation(token)

    def is_whole(self) -> bool:
        """Whether the token is the one in use."""
        return bool(self.link("GET", TOKEN) == self.sets.token.encode())

    def survey(self, orgs: Iterable[str]) -> Survey | None:
        """Everything, of ``orgs`` and of those found; ``None`` if the token is not in
        use. One round trip where there is little."""
        asked = list(orgs)
        token, page, scanned, sizes = self.link.many(
            ("GET", TOKEN),
            self._page(0),
            self._scan(b"0"),
            SIZES.spelled_out(*self._own(asked[:PIPED])),
        )
        if token != self.sets.token.encode():
            return None
        calls = self._calls(page)
        found, others = self._sorted(scanned)
        counts = dict(zip(asked, sizes, strict=False))
        counts |= self.counts((found | set(asked)) - counts.keys())
        return Survey(calls, counts, others)

    def _page(self, first: int) -> tuple[Any, ...]:
        return "ZRANGE", self.sets.all, first, first + PAGE - 1

    def _calls(self, page: list[bytes]) -> set[bytes]:
        found = set(page)
        first = PAGE
        while len(page) == PAGE:
            pages = self.link.many(self._page(first), self._page(first + PAGE))
            found.update(*pages)
            first += 2 * PAGE
            page = pages[-1]
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

    def orgs(self) -> set[str]:
        """The organizations that hold slots."""
        return self._sorted(self.link(*self._scan(b"0")))[0]

    def _scan(self, cursor: bytes) -> tuple[Any, ...]:
        return "SCAN", cursor, "MATCH", f"{PREFIX}*:*", "COUNT", SCANNED

    def _sorted(self, scanned: list[Any]) -> tuple[set[str], list[bytes]]:
        """Organizations, and keys of other generations, from the first of a scan on."""
        ours, own = f"{PREFIX}{self.sets.name}:".encode(), self.sets.own.encode()
        # Sets, for a scan may show a key twice.
        orgs: set[str] = set()
        others: list[bytes] = []
        cursor, keys = scanned
        while True:
            orgs.update(
                [key[len(own) :].decode() for key in keys if key.startswith(own)]
            )
            others += [key for key in keys if not key.startswith(ours)]
            if cursor == b"0":
                return orgs, others
            cursor, keys = self.link(*self._scan(cursor))

    def counts(self, orgs: Iterable[str]) -> dict[str, int]:
        """How many slots each of ``orgs`` has in its own set."""
        names = list(orgs)
        sizes: list[int] = []
        for part in batches(names):
            sizes += SIZES(self.link, *self._own(part))
        return dict(zip(names, sizes, strict=True))

    def _own(self, orgs: list[str]) -> tuple[Any, ...]:
        return len(orgs), *(self.sets.own + org for org in orgs)

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
