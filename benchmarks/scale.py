"""What a call costs each program, and what platforms of three sizes need for it.

    python -m benchmarks.scale BOT_CORES

``BOT_CORES`` is what a live call costs the bot in cores, from ``benchmarks.bot_load``.
The rest is measured here: calls go from start to charge through the whole api, one
after the other, and the core seconds of api, PostgreSQL and Redis are read from the
kernel. They are figures of one machine; run it on yours.
"""

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.fleet import Fleet, Shape, Unit, fleet
from benchmarks.servers import project

if TYPE_CHECKING:
    from django.test import Client

LIVES, BEATS, BEATING = 300, 200, 40
SIZES = (43, 1_000, 100_000)


@dataclass(frozen=True)
class Spent:
    """Core seconds so far, and bytes written ahead."""

    api: float
    postgres: float
    redis: float
    wal: float

    def per(self, before: "Spent", times: int) -> "Spent":
        pairs = (
            (self.api, before.api),
            (self.postgres, before.postgres),
            (self.redis, before.redis),
            (self.wal, before.wal),
        )
        return Spent(*((now - then) / times for now, then in pairs))


def spent() -> Spent:
    from django.db import connection

    from common.redis import client

    with connection.cursor() as sql:
        sql.execute("SELECT pid FROM pg_stat_activity")
        processes = [pid for (pid,) in sql.fetchall()]
        sql.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        wal = float(sql.fetchone()[0])
    info: Any = client().info("cpu")
    return Spent(
        # Of this thread alone: the double of the bot has its own.
        api=time.thread_time(),
        postgres=sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in processes),
        redis=info["used_cpu_user"] + info["used_cpu_sys"],
        wal=wal,
    )


def measured(work: Callable[[], object], times: int) -> Spent:
    """What doing ``work`` once costs, on the average of many."""
    work()
    before = spent()
    for _ in range(times):
        work()
    return spent().per(before, times)


def starter() -> Callable[[], str]:
    """Starts a web call by key, as a program would; answers its id."""
    from django.test import Client

    from benchmarks.data import fill
    from orgs.models import Scope, create_api_key

    organization = fill(20_000)
    agent = organization.agents.first()
    assert agent
    _, secret = create_api_key(
        organization, name="Benchmark", scopes=[scope.value for scope in Scope]
    )
    client = Client(headers={"x-api-key": secret})
    path = f"/api/agents/{agent.pk}/connect"

    def start() -> str:
        reply = client.post(path, "{}", content_type="application/json")
        assert reply.status_code == 201, reply.content
        call_id: str = reply.json()["callId"]
        return call_id

    return start


def unit(bot_cores: float) -> Unit:
    """What one call costs, measured through the api's own routes."""
    from calls.models import Call

    start, bot = starter(), internal_client()

    def live() -> None:
        finish(bot, start())

    life = measured(live, LIVES)
    size = row_bytes(Call.objects.count())
    before = slot_memory()
    held = [start() for _ in range(BEATING)]
    slot = (slot_memory() - before) / BEATING
    body = {"calls": held, "botUrl": "http://127.0.0.1:8080"}
    beat = measured(lambda: post(bot, "/api/bot/heartbeat", body), BEATS)
    return Unit(
        life_api=life.api,
        life_postgres=life.postgres,
        life_redis=life.redis,
        beat_api=beat.api / BEATING,
        beat_postgres=beat.postgres / BEATING,
        beat_redis=beat.redis / BEATING,
        bot_cores=bot_cores,
        row_bytes=size,
        wal_bytes=life.wal,
        slot_bytes=slot,
    )


def internal_client() -> "Client":
    from django.conf import settings
    from django.test import Client

    return Client(headers={"x-internal-secret": settings.INTERNAL_API_SECRET})


def post(client: "Client", path: str, body: dict[str, Any]) -> None:
    reply = client.post(path, body, content_type="application/json")
    assert reply.status_code == 200, reply.content


def finish(bot: "Client", call_id: str) -> None:
    """The bot's report of a call of eight turns, about 7 kB."""
    import json

    from benchmarks.data import events

    said = {"role": "user", "text": "How much does it cost to see a doctor?"}
    report = {
        "status": "completed",
        "endedAt": datetime.now(UTC).isoformat(),
        "durationSecs": 180,
        "endReason": "caller_hangup",
        "transcript": [said | {"at": n * 5.0, "until": n * 5.0 + 3} for n in range(16)],
        "metrics": json.loads(events())
        | {"turns": 8, "totalPromptTokens": 1240, "totalTtsCharacters": 2104},
        "usage": {"sttSeconds": 180},
    }
    post(bot, f"/api/calls/{call_id}/complete", report)


def row_bytes(calls: int) -> float:
    """What PostgreSQL keeps of a call: its row, its JSON and its share of indexes."""
    from django.db import connection

    with connection.cursor() as sql:
        sql.execute("SELECT pg_total_relation_size('calls')")
        return float(sql.fetchone()[0]) / calls


def slot_memory() -> float:
    from common.redis import client

    found: Any = client().info("memory")
    return float(found["used_memory"])


ROWS: list[tuple[str, Callable[[Fleet], str]]] = [
    ("calls a second, at the peak", lambda f: f"{f.calls_per_sec:,.1f}"),
    ("calls a day", lambda f: f"{f.calls_per_day:,.0f}"),
    ("cores of bots", lambda f: f"{f.bot_cores:,.1f}"),
    ("cores of the api", lambda f: f"{f.api_cores:,.2f}"),
    ("cores of PostgreSQL", lambda f: f"{f.postgres_cores:,.2f}"),
    ("cores of Redis (it has one)", lambda f: f"{f.redis_cores:,.3f}"),
    ("memory of slots in Redis, MB", lambda f: f"{f.redis_bytes / 1e6:,.2f}"),
    ("recordings, GB a day", lambda f: f"{f.recording_bytes_per_day / 1e9:,.0f}"),
    ("written ahead, GB a day", lambda f: f"{f.wal_bytes_per_day / 1e9:,.1f}"),
    ("calls kept, millions a year", lambda f: f"{f.rows_per_year / 1e6:,.1f}"),
    ("their rows, GB a year", lambda f: f"{f.row_bytes_per_year / 1e9:,.0f}"),
    ("busiest part that is one", lambda f: f.first_limit),
]


def main(bot_cores: float) -> None:
    from django.conf import settings

    from doubles.bot import BotDouble

    logging.disable(logging.WARNING)
    settings.MAX_CONCURRENT_CALLS = settings.MAX_CONCURRENT_CALLS_PER_ORG = 10_000
    settings.ALLOWED_HOSTS = ["testserver"]
    bot = BotDouble()
    settings.BOT_URL = bot.url
    cost = unit(bot_cores)
    bot.close()
    print("### A call's cost\n\n| what | |\n|---|---|")
    for name, value in vars(cost).items():
        print(f"| {name.replace('_', ' ')} | {value:.6g} |")
    fleets = [fleet(cost, Shape(peak=size)) for size in SIZES]
    print("\n### A platform's need\n")
    print(f"| calls at once | {' | '.join(f'{size:,}' for size in SIZES)} |")
    print(f"|---|{'---|' * len(SIZES)}")
    for name, show in ROWS:
        print(f"| {name} | {' | '.join(show(each) for each in fleets)} |")


if __name__ == "__main__":
    with project():
        main(float(sys.argv[1]))
