"""Row 1: what a slot costs, against bare commands, counters and other libraries."""

import logging
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha1
from typing import TYPE_CHECKING, Any

import redis

from benchmarks import peers
from benchmarks.harness import Case, Ratio, compare_finely, table
from benchmarks.servers import project

if TYPE_CHECKING:
    from capacity.connection import Link

ROUNDS = 15
LIMIT, ORG_LIMIT = 43, 15
# Slots held, and by how many organizations.
SIZES = ((1_000, 100), (10_000, 1_000), (100_000, 10_000))

BARE = "return 1"
# The design that the gate is not: numbers, each acquire to be matched by one release.
TAKE = """
    local all = tonumber(redis.call('GET', KEYS[1]) or 0)
    local own = tonumber(redis.call('GET', KEYS[2]) or 0)
    if all >= tonumber(ARGV[1]) then return {2, all, own} end
    if own >= tonumber(ARGV[2]) then return {3, all, own} end
    return {1, redis.call('INCR', KEYS[1]), redis.call('INCR', KEYS[2])}
"""
GIVE = "redis.call('DECR', KEYS[1]) return redis.call('DECR', KEYS[2])"


def link_to(database: int) -> "Link":
    """A connection as the gate has it, to one of Redis' databases."""
    from django.conf import settings

    from capacity.connection import Link

    url = f"{settings.REDIS_URL.rpartition('/')[0]}/{database}"
    pooled = redis.Redis.from_url(url)
    return Link(lambda: pooled)


def scripted(link: "Link", text: str, *arguments: Any) -> Any:
    """Calls a script by its hash over the gate's connection."""
    link("SCRIPT", "LOAD", text)
    sha = sha1(text.encode(), usedforsecurity=False).hexdigest()
    return partial(link, "EVALSHA", sha, *arguments)


def pair_of_bare(link: "Link") -> Case:
    bare = scripted(link, BARE, 0)

    def pair() -> None:
        bare()
        bare()

    return Case("two bare EVALSHA", pair)


def pair_of_bare_by_client(link: "Link") -> Case:
    """As most programs would send them; what the gate's connection saves is its own."""
    client = link.client()
    sha = client.script_load(BARE)

    def pair() -> None:
        client.evalsha(sha, 0)
        client.evalsha(sha, 0)

    return Case("two bare EVALSHA by redis-py's client", pair)


def pair_of_counters(link: "Link") -> Case:
    keys = ("{counter}:all", "{counter}:org")
    take = scripted(link, TAKE, 2, *keys, LIMIT, ORG_LIMIT)
    give = scripted(link, GIVE, 2, *keys)

    def pair() -> None:
        take()
        give()

    return Case("counters", pair)


def pair_of_slots(link: "Link", held: int = 0, orgs: int = 1) -> Case:
    """The gate's own functions, beside so many slots that are held."""
    from capacity.names import Slot
    from capacity.sets import GRANTED, SlotSets

    slots = SlotSets(link)
    owners = [str(uuid.uuid4()) for _ in range(orgs)]
    slots.replace([Slot(str(uuid.uuid4()), owners[n % orgs]) for n in range(held)])
    mine = Slot(str(uuid.uuid4()), owners[0])

    def pair() -> None:
        assert slots.acquire(mine, held + LIMIT, held + ORG_LIMIT).word == GRANTED
        slots.release([mine])

    return Case(f"{held:,} slots of {orgs:,} organizations", pair)


@contextmanager
def semaphores(link: "Link") -> Iterator[list[Case]]:
    """Other people's ways to hold one of a few places, each as its manual shows."""
    from pottery import Redlock
    from redis_semaphore import Semaphore
    from steindamm import SyncSemaphore

    client = link.client()
    lock = client.lock("lock", timeout=60)
    old = Semaphore(client, count=LIMIT, namespace="old", blocking=False)
    red = Redlock(key="red", masters={client}, auto_release_time=60)
    new = SyncSemaphore.create(name="new", capacity=LIMIT, connection=client)

    def held(semaphore: Any) -> None:
        with semaphore:
            pass

    def pair_of(semaphore: Any) -> None:
        semaphore.acquire()
        semaphore.release()

    yield [
        Case("redis-py Lock (one place)", lambda: pair_of(lock)),
        Case("steindamm", lambda: held(new)),
        Case("redis-semaphore", lambda: held(old)),
        Case("pottery Redlock (one place)", lambda: pair_of(red)),
    ]


def main(rounds: int = ROUNDS) -> bool:
    title = "1. Gate: acquire and release"
    found: list[tuple[str, list[Ratio]]] = []
    link = link_to(0)
    bare, counters = pair_of_bare(link), pair_of_counters(link)
    gate = Case("the gate", pair_of_slots(link).run)
    against_bare = compare_finely(bare, [(gate, 1.2), (counters, None)], rounds)
    found.append((bare.name, against_bare))
    found.append((counters.name, compare_finely(counters, [(gate, 1.1)], rounds)))
    usual = pair_of_bare_by_client(link)
    found.append((usual.name, compare_finely(usual, [(gate, 1.2)], rounds)))
    small = pair_of_slots(link_to(1), 45, 15)
    sizes = [
        pair_of_slots(link_to(database), *size)
        for database, size in enumerate(SIZES, start=2)
    ]
    flat = compare_finely(small, [(case, 1.1) for case in sizes], rounds)
    found.append((f"the gate at {small.name}", flat))
    with semaphores(link_to(0)) as others:
        for other in others:
            found.append((other.name, compare_finely(other, [(gate, 1.0)], rounds)))
    for reference, ratios in found:
        print(table(title, reference, ratios))
    return all(ratio.is_met for _, ratios in found for ratio in ratios)


if __name__ == "__main__":
    peers.make_importable()
    with project():
        # Peers tell what they do, among the results.
        logging.disable(logging.WARNING)
        met = main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    sys.exit(not met)
