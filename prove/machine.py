"""I3 and I4: calls driven in any order by bots, operators and jobs, with faults between
the steps, and after each step everything as a plain model says it must be."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from prove import faults
from prove.findings import Finding
from prove.load import Answer, Client, storm, wrong
from prove.slots import members
from prove.world import Limits, Tenant, World

LIMITS = Limits(4, 2)
TENANTS = st.integers(0, 2)
APIS = st.integers(0, 1)
# The newest are at the end of the list, and are the likeliest to be active.
WHICH = st.integers(1, 8)

AGE = """
    UPDATE calls SET started_at = least(started_at, now() - make_interval(secs => %s)),
        heartbeat_at = now() - make_interval(secs => %s)
    WHERE id = %s AND status = 'active'
"""
SILENT = """
    SELECT id::text FROM calls WHERE holds_slot
        AND coalesce(heartbeat_at, started_at) < now() - make_interval(secs => %s)
        AND started_at < now() - make_interval(secs => %s)
"""


@dataclass
class Modelled:
    """What is to be true of a call."""

    id: str
    tenant: Tenant
    active: bool = True
    reported: bool = False
    bot_has_it: bool = True


class CallsMachine(RuleBasedStateMachine):
    """Steps over HTTP against apis of several processes and real stores."""

    world: ClassVar[World]
    steps: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.model: dict[str, Modelled] = {}
        self.world.forget()

    def held(self, tenant: Tenant | None = None) -> int:
        return sum(
            call.active and tenant in (None, call.tenant)
            for call in self.model.values()
        )

    def add(self, told: Answer) -> None:
        self.model[told.call] = Modelled(told.call, told.tenant)

    def pick(self, which: int) -> Modelled | None:
        """One of the newest calls, if there are so many. What is drawn must not depend
        on what real processes answered, so there is no bundle of calls."""
        calls = list(self.model.values())
        return calls[-which] if which <= len(calls) else None

    @rule(number=TENANTS, api=APIS)
    def start(self, number: int, api: int) -> None:
        tenant = self.world.tenants[number]
        all_, own = self.held(), self.held(tenant)
        told = Client(self.world, api).start(tenant)
        assert not wrong(told, LIMITS)
        if all_ < LIMITS.all and own < LIMITS.own:
            assert told.status == 201, told
            self.add(told)
            return
        assert told.status == 429, told
        assert (told.body["global"], told.body["org"]) == (all_, own)

    @rule(wanted=st.lists(TENANTS, min_size=2, max_size=8))
    def start_at_once(self, wanted: list[int]) -> None:
        answers = storm(self.world, [self.world.tenants[n] for n in wanted])
        for told in answers:
            assert not wrong(told, LIMITS)
            assert told.status in (201, 429), told
            if told.status == 201:
                self.add(told)

    @rule(which=WHICH, api=APIS)
    def complete(self, which: int, api: int) -> None:
        if not (call := self.pick(which)):
            return
        assert Client(self.world, api).complete(call.id) == 200
        call.active, call.reported = False, True

    @rule(which=WHICH, api=APIS)
    def hang_up(self, which: int, api: int) -> None:
        if not (call := self.pick(which)):
            return
        assert Client(self.world, api).end(call.tenant, call.id) == 200
        # The bot is told of a hang-up that ended the call, and of no other.
        call.bot_has_it &= not call.active
        call.active = False

    @rule(which=WHICH)
    def end_in_every_way_at_once(self, which: int) -> None:
        if not (call := self.pick(which)):
            return
        known, tenant = call.id, call.tenant

        def end(number: int) -> int:
            client = Client(self.world, number % 2)
            if number < 3:
                return client.complete(known)
            return client.end(tenant, known)

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(end, range(6))) == {200}
        call.active, call.reported, call.bot_has_it = False, True, False

    @rule(which=WHICH, secs=st.sampled_from([50, 70, 9000]))
    def fall_silent(self, which: int, secs: int) -> None:
        if not (call := self.pick(which)):
            return
        self.world.sql(AGE, secs, secs, call.id)

    @rule(which=WHICH)
    def be_forgotten_by_the_bot(self, which: int) -> None:
        if not (call := self.pick(which)):
            return
        httpx.delete(f"{self.world.bot.url}/calls/{call.id}")
        call.bot_has_it = False

    @rule(which=WHICH, api=APIS)
    def beat(self, which: int, api: int) -> None:
        if not (call := self.pick(which)):
            return
        told = self.world.post("bot/heartbeat", {"calls": [call.id]}, api)
        assert told.json() == {"end": [] if call.active else [call.id]}

    def lost(self, silent: int, old: int) -> list[Modelled]:
        """The calls that a job must end: silent, and unknown to their bot."""
        rows = self.world.sql(SILENT, silent, old)
        found = [self.model[call] for (call,) in rows]
        return [call for call in found if not call.bot_has_it]

    @rule()
    def end_lost_calls(self) -> None:
        lost = self.lost(45, 45)
        assert self.world.run_job("end-lost-calls")["endedCount"] == len(lost)
        for call in lost:
            call.active = False

    @rule()
    def sweep(self) -> None:
        lost = self.lost(60, 7200)
        swept = self.world.post("jobs/sweep-stale-calls").json()
        assert swept["sweptCount"] == len(lost)
        for call in lost:
            call.active = False

    @rule()
    def reconcile(self) -> None:
        # Its own answer to a Redis that is too slow for it is 503: the machine is busy.
        told = self.world.post("jobs/reconcile-capacity")
        if told.status_code == 200:
            assert told.json()["globalCount"] == self.held()

    @rule(
        fault=st.sampled_from(
            [
                faults.flush,
                faults.restart_redis,
                faults.cut_connections,
                faults.lose_answers,
                faults.delete_token,
                faults.cut_off_postgresql,
                faults.hang_redis,
            ]
        )
    )
    def fail(self, fault: faults.Fault) -> None:
        fault(self.world)

    @rule(wanted=st.lists(TENANTS, min_size=2, max_size=6))
    def start_while_redis_hangs(self, wanted: list[int]) -> None:
        self.world.valkey.pause()
        try:
            self.start_at_once(wanted)
        finally:
            self.world.valkey.resume()

    @rule(api=APIS)
    def restart_a_gate(self, api: int) -> None:
        """A process is killed, and a new one that knows nothing takes its place."""
        self.world.apis[api].kill_a_worker()

    @invariant()
    def everything_is_as_modelled(self) -> None:
        type(self).steps += 1
        rows = self.world.sql(
            "SELECT id::text, organization_id::text FROM calls WHERE holds_slot"
        )
        expected = {
            c.id: c.tenant.organization for c in self.model.values() if c.active
        }
        assert dict(rows) == expected
        assert len(rows) <= LIMITS.all
        assert max(Counter(expected.values()).values(), default=0) <= LIMITS.own
        charged = self.world.sql(
            "SELECT call_id::text, count(*) FROM billing_ledgerentry"
            " WHERE kind = 'charge' GROUP BY 1"
        )
        reported = {call.id for call in self.model.values() if call.reported}
        assert dict(charged) == dict.fromkeys(reported, 1)
        self.slots_are_those_of(expected)

    def slots_are_those_of(self, expected: dict[str, str]) -> None:
        """Released once, taken once: the sets are the active calls."""
        deadline = time.monotonic() + 5
        while (held := members(self.world)) is not None and held != expected:
            # A command that Redis was too slow for may still be under way.
            assert time.monotonic() < deadline, (held, expected)
            time.sleep(0.05)


def any_order(world: World, examples: int, steps: int, repeat: bool = False) -> Finding:
    """I3, I4: so many runs of so many steps; ``repeat`` the same each time."""
    finding = Finding("I3, I4", "any order of calls, jobs and faults (Hypothesis)")
    world.limit(LIMITS)

    class Machine(CallsMachine):
        pass

    Machine.world = world
    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                # Real processes do not fail the same way twice: nothing is shrunk.
                phases=[Phase.generate],
                derandomize=repeat,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception as error:
        notes = getattr(error, "__notes__", [])
        finding.violations.append("\n".join([repr(error), *notes]))
    finding.trials = Machine.steps
    finding.note = f"{examples} runs of up to {steps} steps"
    return finding
