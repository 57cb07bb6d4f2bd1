"""The slots in Redis: one sorted set for the platform, one for each organization.

Member: the call's id. Score: the time of its last heartbeat by Redis' own clock.
All keys carry one hash tag, so that one script may touch them on a cluster.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any, NamedTuple

import redis
from redis.exceptions import NoScriptError

ALL = "{capacity}:calls"
OWN = "{capacity}:org:"
TOKEN = "{capacity}:token"

COLD, GRANTED, GLOBAL, ORG = range(4)
BATCH = 500


class Slot(NamedTuple):
    """A unit of voice capacity: the id of the call that holds it, and for whom."""

    call: str
    org: str


class Verdict(NamedTuple):
    """What an acquire answers: one of the four words above, the slots in use by all
    and by the organization, and the token that was found."""

    word: int
    all: int
    own: int
    token: str


class Script:
    """A Lua script, called by its hash. ``register_script`` of the client does the same
    with a class in between that costs more than the script."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / "lua" / f"{name}.lua").read_text()
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, client: redis.Redis, keys: int, *args: Any) -> Any:
        try:
            return client.evalsha(self.sha, keys, *args)
        except NoScriptError:
            return client.eval(self.text, keys, *args)


ACQUIRE, RELEASE, RENEW, PUT = map(Script, ("acquire", "release", "renew", "put"))


class SlotSets:
    """The sets of one Redis. Every method raises ``redis.RedisError`` when it fails."""

    def __init__(self, client: Callable[[], redis.Redis]) -> None:
        self.client = client

    def acquire(self, slot: Slot, limit: int, org_limit: int) -> Verdict:
        word, all_, own, token = ACQUIRE(
            self.client(), 3, ALL, OWN + slot.org, TOKEN, slot.call, limit, org_limit
        )
        return Verdict(word, all_, own, token.decode())

    def release(self, slots: Sequence[Slot]) -> int:
        """Take the slots back; answers how many there were."""
        return self._run(RELEASE, slots)

    def renew(self, slots: Sequence[Slot]) -> int:
        """Note a heartbeat of each; answers how many hold a slot."""
        return self._run(RENEW, slots)

    def put(self, slots: Sequence[Slot]) -> int:
        """Give slots without asking the limits; answers how many had none."""
        return self._run(PUT, slots)

    def _run(self, script: Script, slots: Sequence[Slot]) -> int:
        """Run ``script`` over the slots, so many at a time that nobody waits long."""
        done = 0
        for start in range(0, len(slots), BATCH):
            part = slots[start : start + BATCH]
            keys = [ALL, *(OWN + slot.org for slot in part)]
            calls = [slot.call for slot in part]
            done += script(self.client(), len(keys), *keys, *calls)
        return done

    def token(self) -> str | None:
        found: Any = self.client().get(TOKEN)
        return found.decode() if found else None

    def set_token(self, token: str) -> None:
        self.client().set(TOKEN, token)

    def clear(self) -> None:
        """Forget every slot. Until ``set_token``, acquires answer that it is cold."""
        self.client().delete(TOKEN)
        self.client().delete(ALL)
        for key in self._own_keys():
            self.client().delete(key)

    def held(self) -> Iterator[tuple[Slot, float]]:
        """Every slot of an organization with its last heartbeat, in small reads."""
        for key in self._own_keys():
            org = key.decode().removeprefix(OWN)
            for call, score in self.client().zscan_iter(key, count=BATCH):
                yield Slot(call.decode(), org), score

    def strays(self, known: set[str]) -> Iterator[tuple[str, float]]:
        """Members of the platform's set that are not ``known``."""
        for call, score in self.client().zscan_iter(ALL, count=BATCH):
            if call.decode() not in known:
                yield call.decode(), score

    def now(self) -> float:
        """Redis' own clock, which the scores are of."""
        seconds: Any = self.client().time()
        return float(seconds[0])

    def counts(self) -> dict[str, int]:
        """Slots in use by organization id; the sum is the platform's."""
        keys = [key.decode() for key in self._own_keys()]
        pipeline = self.client().pipeline(transaction=False)
        for key in keys:
            pipeline.zcard(key)
        counted = zip(keys, pipeline.execute(), strict=True)
        return {key.removeprefix(OWN): count for key, count in counted if count}

    def _own_keys(self) -> Iterator[bytes]:
        return iter(set(self.client().scan_iter(match=f"{OWN}*", count=1000)))
