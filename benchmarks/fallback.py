"""Row 3: a start that PostgreSQL decides alone, against the insert of its row."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.harness import Case, Ratio, summary, table
from benchmarks.servers import project

if TYPE_CHECKING:
    from agents.models import Agent
    from calls.models import Call
    from capacity.gate import Gate

LIMIT, ROUNDS, RACES = 43, 25, 150
GOALS = {1: 1.7, 8: 2.7}
# Ended calls that the count must not read.
PAST = 20_000


def gate_without_redis() -> "Gate":
    from calls.slots import CallLedger
    from capacity.breaker import Breaker
    from capacity.connection import Link, client
    from capacity.gate import Gate
    from capacity.sets import SlotSets

    breaker = Breaker(rest_secs=1e9)
    breaker.trip()
    return Gate(SlotSets(Link(client)), CallLedger(), breaker)


def new_call(agent: "Agent") -> "Call":
    from calls.channels import Channel
    from calls.lifecycle import CallRequest, draft_call

    return draft_call(CallRequest(agent=agent, channel=Channel.WEB))


def insert_alone(agent: "Agent") -> bool:
    new_call(agent).save(force_insert=True)
    return True


def admit(gate: "Gate", agent: "Agent") -> bool:
    """Whether the gate admits a call of the agent."""
    from calls.slots import slot_of
    from capacity.gate import CapacityExceeded

    call = new_call(agent)
    try:
        gate.admit(slot_of(call), LIMIT, lambda _: call.save(force_insert=True))
    except CapacityExceeded:
        return False
    return True


def count_then_insert(agent: "Agent") -> bool:
    """The check that is not atomic, for comparison."""
    from django.db import connection

    from calls.slots import CallLedger

    with connection.cursor() as cursor:
        cursor.execute(CallLedger.usage, {"org": agent.organization_id})
        if cursor.fetchone()[0] >= LIMIT:
            return False
    return insert_alone(agent)


def at_once(start: Callable[[], bool], threads: int, each: int) -> tuple[float, int]:
    """Seconds for so many starts of each thread, and how many were admitted."""
    from django.db import connection

    together = threading.Barrier(threads + 1)

    def work(_: int) -> int:
        try:
            connection.ensure_connection()
            together.wait()
            admitted = sum(start() for _ in range(each))
            together.wait()
        except BaseException:
            together.abort()
            raise
        finally:
            connection.close()
        return admitted

    with ThreadPoolExecutor(threads) as pool:
        counts = pool.map(work, range(threads))
        together.wait()
        started = time.perf_counter()
        together.wait()
        took = time.perf_counter() - started
        return took, sum(counts)


def forget_active() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM calls WHERE status = 'active'")


def ratio(agent: "Agent", gate: "Gate", threads: int, rounds: int) -> Ratio:
    each = (LIMIT - 3) // threads
    ratios = []
    for _ in range(rounds):
        forget_active()
        base, _inserted = at_once(partial(insert_alone, agent), threads, each)
        forget_active()
        own, admitted = at_once(partial(admit, gate, agent), threads, each)
        assert admitted == threads * each
        ratios.append(own / base)
    name = f"admitted by PostgreSQL, {threads} thread{'s' * (threads > 1)}"
    case = Case(name, partial(admit, gate, agent))
    return summary(case, ratios[1:] or ratios, GOALS[threads])


def races(agent: "Agent", start: Callable[[], bool], times: int) -> int:
    """In how many of so many races for the last slot the limit was exceeded."""
    from calls.models import Call

    exceeded = 0
    for _ in range(times):
        forget_active()
        for _ in range(LIMIT - 1):
            insert_alone(agent)
        at_once(start, threads=8, each=1)
        exceeded += Call.objects.holding_slots().count() > LIMIT
    return exceeded


def main(rounds: int = ROUNDS, times: int = RACES, past: int = PAST) -> bool:
    from agents.models import Agent
    from benchmarks.data import fill

    organization = fill(past)
    agents = Agent.objects.filter(organization=organization)
    agent = agents.select_related("organization")[0]
    gate = gate_without_redis()
    ratios = [ratio(agent, gate, threads, rounds) for threads in GOALS]
    ours = races(agent, partial(admit, gate, agent), times)
    unlocked = races(agent, partial(count_then_insert, agent), times)
    print(table("3. Gate without Redis", "insert of the row alone", ratios))
    print(
        f"Races of 8 for the last of {LIMIT} slots in which the limit was exceeded: "
        f"{ours} of {times}; with a count that takes no lock: {unlocked} of {times}.\n"
    )
    return not ours and all(ratio.is_met for ratio in ratios)


if __name__ == "__main__":
    with project():
        logging.disable(logging.WARNING)
        met = main(*(int(argument) for argument in sys.argv[1:]))
    sys.exit(not met)
