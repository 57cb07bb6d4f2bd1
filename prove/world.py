"""Everything that a proof needs, started by itself: stores, apis, bots, ways."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import httpx
import psycopg
import redis

from launcher.options import ROOT
from launcher.postgres import Postgres
from launcher.server import Place, Server
from launcher.valkey import Valkey
from prove.servers import Api, Bot, Jobs, Way

# Of servers that live for a proof, on the loopback.
PASSWORD = "of-the-proof"
ORGANIZATIONS = 6
# What an api may take while its stores are away or the machine is busy.
TIMEOUT = httpx.Timeout(60)

AnyServer = TypeVar("AnyServer", bound=Server)


class Limits(NamedTuple):
    """MAX_CONCURRENT_CALLS and MAX_CONCURRENT_CALLS_PER_ORG."""

    all: int = 43
    own: int = 15


@dataclass(frozen=True)
class Tenant:
    """An organization that starts calls: its agent and the key of its program."""

    organization: str
    agent: str
    key: str


class World:
    """Two apis of two processes each: one reaches Redis straight, the other by a way
    that can be cut. So there are processes that Redis answers and some that it does
    not, at the same time."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.limits = Limits()
        # It keeps what it has committed, for it will be killed.
        self.postgres = Postgres(self.place("postgres"), PASSWORD)
        self.valkey = Valkey(self.place("valkey"), PASSWORD)
        self.way = Way(self.place("way"), {})
        self.env = {
            "PATH": "/usr/bin:/bin",
            "APP_ENV": "dev",
            "DJANGO_SETTINGS_MODULE": "osmtalk.settings",
            "DJANGO_SECRET_KEY": "only-for-proofs-only-for-proofs-only-for-proofs-1",
            "INTERNAL_API_SECRET": "internal-secret-of-the-proof",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "STATIC_ROOT": str(folder / "static"),
            "PYTHONWARNINGS": "ignore",
            "NO_PROXY": "localhost,127.0.0.1",
        }

    def place(self, name: str) -> Place:
        return Place(
            self.folder / name,
            self.folder / "log" / f"{name}.log",
            self.folder / "run" / f"{name}.pid",
        )

    def start(self) -> None:
        self.begin(self.postgres)
        self.begin(self.valkey)
        self.env["DATABASE_URL"] = self.postgres.create_database()
        self.env["REDIS_URL"] = self.valkey.url
        self.way.to, self.way.env = self.valkey.port, self.env
        self.begin(self.way)
        self.manage("manage.py", "migrate", "--verbosity", "0")
        self.manage("manage.py", "load_rates")
        listed = self.manage("-m", "prove.cast", str(ORGANIZATIONS))
        self.tenants = [Tenant(**each) for each in json.loads(listed)]
        self.apis = [Api(self.place(f"api-{n}"), self.env) for n in (1, 2)]
        self.bot = self.new_bot()
        self.jobs = Jobs(self.place("jobs"), self.env)
        self.begin(self.jobs)
        self.start_apis([self.bot])

    def begin(self, server: AnyServer) -> AnyServer:
        self.stack.callback(server.stop)
        server.start()
        return server

    def new_bot(self, name: str = "bot") -> Bot:
        bot = Bot(self.place(name), self.env)
        bot.api = self.apis[0].url
        return self.begin(bot)

    def start_apis(self, bots: Sequence[Bot]) -> None:
        """Start the apis, again if they run, with the present limits and these bots."""
        by_way = self.valkey.url.replace(str(self.valkey.port), str(self.way.port))
        for api, redis_url in zip(self.apis, (self.valkey.url, by_way), strict=True):
            api.stop()
            api.env = self.env | {
                "REDIS_URL": redis_url,
                "BOT_URL": ",".join(bot.url for bot in bots),
                "MAX_CONCURRENT_CALLS": str(self.limits.all),
                "MAX_CONCURRENT_CALLS_PER_ORG": str(self.limits.own),
            }
            self.begin(api)

    def limit(self, limits: Limits) -> None:
        """Have the apis keep these limits, and forget all calls."""
        if limits != self.limits:
            self.limits = limits
            self.start_apis([self.bot])
        self.forget()

    def manage(self, *command: str) -> str:
        done = subprocess.run(
            (sys.executable, *command),
            cwd=ROOT,
            env=self.env | {"DATA_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return done.stdout

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement straight in the database; its rows, if it has any."""
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as connection:
            found = connection.execute(statement, values or None)
            return found.fetchall() if found.description else []

    def forget(self) -> None:
        """No calls, no slots, no history."""
        self.sql(
            "TRUNCATE calls, billing_ledgerentry, capacity_episode, capacity_refusals,"
            " capacity_fence CASCADE"
        )
        with self.redis() as client:
            client.flushall()

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.valkey.url, socket_timeout=30)

    def post(self, path: str, body: Any = None, api: int = 0) -> httpx.Response:
        """Ask an api as the bot and the jobs' caller do."""
        secret = {"x-internal-secret": self.env["INTERNAL_API_SECRET"]}
        url = f"{self.apis[api].url}/api/{path}"
        return httpx.post(url, json=body or {}, headers=secret, timeout=TIMEOUT)

    def run_job(self, name: str) -> Any:
        """Have a job of the worker run now; its result."""
        return httpx.get(f"{self.jobs.url}/{name}", timeout=TIMEOUT).json()


@contextmanager
def world() -> Iterator[World]:
    """A world of its own, in a folder that goes with it."""
    with TemporaryDirectory(prefix="osmtalk-proof-") as folder, ExitStack() as stack:
        # PostgreSQL may run as another account, which must be able to go through.
        Path(folder).chmod(0o755)
        new = World(Path(folder), stack)
        new.start()
        yield new
