"""I1, I2 and I6: whom the gate admits, when a slot is free again, and that its three
answers are never one for another."""

import time
from collections import Counter
from collections.abc import Callable

from prove.findings import Finding
from prove.load import Answer, Client, storm, wrong
from prove.servers import Worker
from prove.slots import Watch, active, over, settled
from prove.world import Limits, World

ADMITTED, REFUSED, CANNOT_TELL = 201, 429, 503
FREE_SECS, LOST_SECS = 1.0, 75.0


def one_thousand_at_once(world: World, starts: int = 1000) -> Finding:
    """I1: of so many starts at once exactly as many are admitted as there are slots."""
    finding = Finding("I1", f"{starts:,} starts at once, 4 processes")
    world.limit(Limits())
    one = [world.tenants[0]] * starts
    all_ = [world.tenants[n % len(world.tenants)] for n in range(starts)]
    for tenants, expected in ((one, world.limits.own), (all_, world.limits.all)):
        world.forget()
        with Watch(world) as watch:
            answers = storm(world, tenants)
        judge(world, finding, answers, expected)
        finding.violations += watch.violations
    finding.note = f"exactly {world.limits.own} and {world.limits.all} admitted"
    return finding


def judge(world: World, finding: Finding, answers: list[Answer], expected: int) -> None:
    for told in answers:
        problem = wrong(told, world.limits)
        certain = told.status in (ADMITTED, REFUSED)
        finding.expect(certain and not problem, problem or f"{told.status}")
    admitted = [told for told in answers if told.status == ADMITTED]
    finding.expect(len(admitted) == expected, f"{len(admitted)} admitted")
    calls = active(world)
    finding.expect(
        calls.keys() == {told.call for told in admitted},
        f"{len(calls)} calls for {len(admitted)} admitted",
    )
    finding.violations += filter(None, [over(world.limits, Counter(calls.values()))])
    finding.violations += settled(world)


def a_finished_call_makes_room(world: World, times: int = 20) -> Finding:
    """I2: the slot of a call that ended is free within a second."""
    finding = Finding("I2", "calls completed or hung up at the limit")
    world.limit(Limits())
    client, tenant = Client(world), world.tenants[0]
    calls = [client.start(tenant).call for _ in range(world.limits.own)]
    longest = 0.0
    for number in range(times):
        ended = calls.pop(0)
        started = time.monotonic()
        if number % 2:
            client.end(tenant, ended)
        else:
            client.complete(ended)
        while (told := client.start(tenant)).status != ADMITTED:
            if time.monotonic() - started > 10 * FREE_SECS:
                break
        took = time.monotonic() - started
        longest = max(longest, took)
        finding.expect(
            told.status == ADMITTED and took <= FREE_SECS, f"after {took:.1f} s"
        )
        calls.append(told.call)
    finding.note = f"at most {longest:.2f} s"
    return finding


def a_dead_bots_slots_come_back(world: World, bots: int = 3) -> Finding:
    """I2 and I4: killed bots' slots are free within 75 s, and no call of a bot that
    lives is ended meanwhile, however long it lasts."""
    finding = Finding("I2, I4", "bots killed (-9), calls hours old")
    world.limit(Limits())
    dying = [world.new_bot(f"dying-bot-{n}") for n in range(bots)]
    worker = world.begin(Worker(world.place("worker"), world.env))
    world.start_apis([world.bot, *dying])
    try:
        client = Client(world)
        answers = [client.start(t) for t in world.tenants[: bots + 1] for _ in "123"]
        world.sql("UPDATE calls SET started_at = now() - interval '5 hours'")
        doomed = {
            call
            for bot in dying
            for (call,) in world.sql(
                "SELECT id::text FROM calls WHERE bot_url = %s", bot.url
            )
        }
        # Long calls that have just been confirmed: the worst case for the wait.
        world.post("bot/heartbeat", {"calls": [told.call for told in answers]})
        for bot in dying:
            bot.crash()
        longest = _watch_them_go(world, finding, doomed)
        finding.note = f"{len(doomed)} slots back after at most {longest:.0f} s"
    finally:
        worker.stop()
        world.start_apis([world.bot])
    finding.violations += settled(world)
    return finding


def _watch_them_go(world: World, finding: Finding, doomed: set[str]) -> float:
    started = time.monotonic()
    living = active(world).keys() - doomed
    while (left := doomed & active(world).keys()) and _since(started) < 2 * LOST_SECS:
        time.sleep(0.25)
    took = _since(started)
    for call in doomed:
        late = call in left or took > LOST_SECS
        finding.expect(not late, f"a slot not back after {took:.0f} s")
    for call in living:
        finding.expect(call in active(world), "a call with a living bot was ended")
    return took


def _since(started: float) -> float:
    return time.monotonic() - started


def three_answers(world: World) -> Finding:
    """I6: admitted, refused, cannot tell; Redis and PostgreSQL stopped in turn."""
    finding = Finding("I6", "Redis killed, PostgreSQL killed, both killed, both back")
    limits = Limits(3, 3)
    world.limit(limits)
    client = Client(world)
    redis, postgres = world.valkey, world.postgres

    def ask(*expected: int) -> None:
        for status in expected:
            told = client.start(world.tenants[0])
            problem = wrong(told, world.limits)
            fits = told.status == status and not problem
            finding.expect(fits, problem or f"{told.status} for {status}")

    ask(ADMITTED)
    with stopped(redis.crash, redis.start):
        ask(ADMITTED, ADMITTED, REFUSED)
    ask(REFUSED)
    with stopped(postgres.crash, postgres.start):
        ask(CANNOT_TELL, CANNOT_TELL)
    ask(REFUSED)
    with stopped(postgres.crash, postgres.start), stopped(redis.crash, redis.start):
        ask(CANNOT_TELL, CANNOT_TELL)
    ask(REFUSED)
    client.end(world.tenants[0], next(iter(active(world))))
    ask(ADMITTED, REFUSED)
    finding.violations += settled(world)
    return finding


class stopped:
    """Something is away during the block."""

    def __init__(self, away: Callable[[], None], back: Callable[[], None]) -> None:
        self.away, self.back = away, back

    def __enter__(self) -> None:
        self.away()

    def __exit__(self, *failed: object) -> None:
        self.back()
