"""Row 2: releases that come twice or never, at a gate of slots and one of counters."""

import logging
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.servers import project

STARTS = 10_000
LIMIT = 43
TWICE, NEVER = 0.02, 0.005
# How many starts lie between two looks for slots that nobody gave back.
LOOK_EVERY = 200
ORG = "organization"


@dataclass
class Design:
    """A way to keep the limit, driven by the same starts and ends as the other."""

    name: str
    active: set[str] = field(default_factory=set)
    most: int = 0
    over: int = 0
    refused_with_room: int = 0

    def take(self, call: str) -> bool:
        raise NotImplementedError

    def give(self, call: str) -> None:
        raise NotImplementedError

    def look(self) -> None:
        """Mend what releases that never came have left."""

    def start(self, call: str) -> None:
        room = len(self.active) < LIMIT
        if self.take(call):
            self.active.add(call)
            self.over += not room
            self.most = max(self.most, len(self.active))
        else:
            self.refused_with_room += room

    def end(self, call: str, releases: int) -> None:
        self.active.discard(call)
        for _ in range(releases):
            self.give(call)

    def row(self) -> str:
        return f"| {self.name} | {self.most} | {self.over} | {self.refused_with_room} |"


@dataclass
class Counters(Design):
    """A number that goes up and down."""

    number: int = 0

    def take(self, call: str) -> bool:
        admitted = self.number < LIMIT
        self.number += admitted
        return admitted

    def give(self, call: str) -> None:
        self.number = max(0, self.number - 1)


class Slots(Design):
    """The gate's sets in a real Redis, and its look for what was lost."""

    def __init__(self, name: str) -> None:
        from calls.slots import REDIS_REST_SECS
        from capacity.breaker import Breaker
        from capacity.connection import Link, client
        from capacity.gate import Gate
        from capacity.sets import SlotSets

        super().__init__(name)
        self.gate = Gate(SlotSets(Link(client)), self, Breaker(REDIS_REST_SECS))
        self.gate.rebuild()

    # Redis answers: nobody asks a database, which knows of no call.
    usage = ""
    holders = "SELECT WHERE false"

    def ended(self, calls: Iterable[str]) -> set[str]:
        return set(calls) - self.active

    def take(self, call: str) -> bool:
        from capacity.names import Slot
        from capacity.sets import GRANTED

        slot = Slot(call, ORG)
        return self.gate.slots.acquire(slot, LIMIT, LIMIT).word == GRANTED

    def give(self, call: str) -> None:
        from capacity.names import Slot

        self.gate.release([Slot(call, ORG)])

    def look(self) -> None:
        from capacity.reconcile import reap

        # Nothing is in flight here, so nothing has to be spared for being young.
        reap(self.gate, grace_secs=0)


def drive(designs: list[Design], starts: int, chance: random.Random) -> None:
    """Start and end calls at random."""
    for number in range(starts):
        for design in designs:
            design.start(f"{number}")
        # More want to start than end, so that the limit is met all the time.
        for design in designs if number % 2 else ():
            if not design.active:
                continue
            call = chance.choice(sorted(design.active))
            luck = chance.random()
            times = 2 if luck < TWICE else 0 if luck > 1 - NEVER else 1
            design.end(call, times)
        if number % LOOK_EVERY == 0:
            for design in designs:
                design.look()


def main(starts: int = STARTS) -> bool:
    slots = Slots("the gate")
    counters = Counters("counters")
    drive([slots, counters], starts, random.Random(1))
    print(
        f"### 2. Wrong input, {starts:,} starts at a limit of {LIMIT}\n\n"
        f"{TWICE:.0%} of the releases come twice, {NEVER:.1%} never.\n\n"
        "| design | most active | admitted above the limit | refused with room |\n"
        "|---|---|---|---|"
    )
    print(slots.row())
    print(counters.row() + "\n")
    return slots.most <= LIMIT and not slots.over


if __name__ == "__main__":
    with project():
        logging.disable(logging.WARNING)
        met = main(int(sys.argv[1]) if len(sys.argv) > 1 else STARTS)
    sys.exit(not met)
