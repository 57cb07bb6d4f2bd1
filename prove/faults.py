"""I5 and I7: faults in the middle of load, during which no limit is exceeded, and after
which no slot is missing and none is left over."""

import time
from collections.abc import Callable

from prove.findings import Finding
from prove.load import Client, Traffic
from prove.slots import Watch, active, settled
from prove.world import Limits, World

Fault = Callable[[World], None]


def flush(world: World) -> None:
    with world.redis() as client:
        client.flushall()


def restart_redis(world: World) -> None:
    world.valkey.crash()
    world.valkey.start()


def hang_redis(world: World) -> None:
    world.valkey.pause()
    time.sleep(0.6)
    world.valkey.resume()


def cut_connections(world: World) -> None:
    world.way.cut()


def hang_connections(world: World) -> None:
    world.way.pause()
    time.sleep(0.6)
    world.way.resume()


def lose_answers(world: World) -> None:
    world.way.lose_answers()


def kill_an_api_process(world: World) -> None:
    world.apis[0].kill_a_worker()


def cut_off_postgresql(world: World) -> None:
    """Every connection of the apis to PostgreSQL ends."""
    world.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )


def restart_postgresql(world: World) -> None:
    world.postgres.crash()
    world.postgres.start()


def lose_both(world: World) -> None:
    world.valkey.crash()
    world.postgres.crash()
    world.postgres.start()
    world.valkey.start()


def delete_token(world: World) -> None:
    """The sets are there, but nothing says that they are whole."""
    with world.redis() as client:
        client.delete("{capacity}:token")


FAULTS: dict[str, Fault] = {
    "FLUSHALL": flush,
    "Redis killed and started": restart_redis,
    "Redis paused (SIGSTOP)": hang_redis,
    "connections cut by a proxy": cut_connections,
    "connections hung by a proxy": hang_connections,
    "answers lost by a proxy": lose_answers,
    "token deleted": delete_token,
    "api process killed (-9)": kill_an_api_process,
    "PostgreSQL connections cut": cut_off_postgresql,
    "PostgreSQL killed and started": restart_postgresql,
    "both killed and started": lose_both,
}

# Those that are over at once come many times, to fall between two steps of a start.
BURST = {
    "FLUSHALL": 20,
    "connections cut by a proxy": 3,
    "answers lost by a proxy": 20,
    "token deleted": 20,
}


def under_load(world: World, name: str, times: int = 3) -> Finding:
    """I7: cause a fault some times in the middle of load."""
    finding = Finding("I7", name)
    # Limits that the callers meet all the time.
    world.limit(Limits(9, 3))
    with Watch(world) as watch, Traffic(world) as traffic:
        for _ in range(times):
            # A fault counts while every slot is taken or about to be.
            watch.wait_until_full()
            for _ in range(BURST.get(name, 1)):
                FAULTS[name](world)
                traffic.go_on(0.05)
            traffic.go_on(0.5)
    finding.trials = traffic.answers.total()
    finding.violations += watch.violations + traffic.violations
    finding.violations += afterwards(world)
    admitted, refused = traffic.answers[201], traffic.answers[429]
    finding.note = f"{admitted:,} admitted, {refused:,} refused"
    return finding


def afterwards(world: World) -> list[str]:
    """Once the load is over: slots and calls agree, and every slot can be taken."""
    problems = settled(world)
    client = Client(world)
    for call in active(world):
        client.complete(call)
    problems += settled(world)
    statuses = [client.start(tenant).status for tenant in world.tenants * 3]
    admitted = statuses.count(201)
    if admitted != world.limits.all:
        problems.append(f"{admitted} of {world.limits.all} slots can be taken")
    return problems


def reconciling(world: World, secs: float = 5) -> Finding:
    """I5: reconcile time and again while calls come and go: it finds nothing to mend,
    and removes no acquire in flight."""
    finding = Finding("I5", "reconcile in a loop under load")
    world.limit(Limits(9, 3))
    over = time.monotonic() + secs
    runs = 0
    with Watch(world) as watch, Traffic(world, stay=0.1) as traffic:
        while time.monotonic() < over:
            told = world.post("jobs/reconcile-capacity")
            # 503: Redis was too slow for it, which is an answer too.
            known = told.status_code in (200, 503)
            finding.expect(known, f"reconcile: {told.status_code}")
            runs += told.status_code == 200
    drift = world.sql("SELECT sum(count) FROM capacity_episode WHERE kind = 'drift'")
    finding.expect(not drift[0][0], f"{drift[0][0]} slots mended that were right")
    finding.trials += traffic.answers.total()
    finding.violations += watch.violations + traffic.violations + afterwards(world)
    finding.note = f"{runs} reconciliations, {traffic.answers[201]:,} calls"
    return finding
