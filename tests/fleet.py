"""Two of each program behind balancers, each of which can be replaced."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from doubles.balancer import Balancer
from launcher.options import ROOT
from launcher.ports import free_port

# For one step of one program, on a machine that has much else to do.
STEP_SECS = 90
DRAIN_SECS = 240
API = ("gunicorn", "osmtalk.wsgi", "--workers", "1")
WORKER = ("celery", "--quiet", "-A", "osmtalk", "worker", "--beat", "--concurrency=1")


async def until(
    what: str, is_so: Callable[[], Awaitable[object]], within: float = STEP_SECS
) -> None:
    """Wait until ``is_so`` answers something true.

    Raises:
        AssertionError: it did not ``within`` so many seconds; says ``what`` it was.
    """
    deadline = time.monotonic() + within
    while not await is_so():
        assert time.monotonic() < deadline, f"{within:g} s were not enough for: {what}"
        await asyncio.sleep(0.3)


def client() -> httpx.AsyncClient:
    """Opens a connection for each request. One for all: to make one takes long enough
    to make callers stutter."""
    return httpx.AsyncClient(
        timeout=30, limits=httpx.Limits(max_keepalive_connections=0)
    )


@dataclass
class Replica:
    """A program that runs: its process, what it wrote, and where it listens."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    http: httpx.AsyncClient
    port: int = 0

    @property
    def kind(self) -> str:
        return self.name.split("-", maxsplit=1)[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def terminate(self) -> None:
        self.popen.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """The program and its children, which outlive it otherwise."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    async def up(self) -> None:
        """Until it does its work."""
        if self.kind == "worker":
            return await self.says(f"{self.name}@fleet ready")

        async def answers() -> bool:
            self._must_run()
            return await self.answers(
                "/api/health" if self.kind == "api" else "/health"
            )

        await until(f"{self.name} answers", answers)

    async def answers(self, path: str) -> bool:
        """Whether it answers well, asked itself on a new connection."""
        try:
            return (await self.http.get(self.url + path)).is_success
        except httpx.HTTPError:
            return False

    async def says(self, text: str) -> None:
        async def said() -> bool:
            if text in self.text():
                return True
            self._must_run()
            return False

        await until(f"{self.name} writes {text!r}", said)

    async def ended(self) -> int:
        """The exit status, once it has one."""

        async def exited() -> bool:
            return self.popen.poll() is not None

        await until(f"{self.name} ends", exited)
        return self.popen.returncode

    def _must_run(self) -> None:
        assert self.popen.poll() is None, f"{self.name} ended:\n{self.text()[-3000:]}"


@dataclass
class Fleet:
    """Apis, workers and bots on the servers of another installation."""

    root: Path
    env: Mapping[str, str]
    to_apis: Balancer = field(default_factory=Balancer)
    to_bots: Balancer = field(default_factory=Balancer)
    all: list[Replica] = field(default_factory=list)
    http: httpx.AsyncClient = field(default_factory=client)

    async def start(self, count: int = 2) -> list[Replica]:
        """So many of each, at work: apis, workers, bots. Balancers know none yet."""
        kinds = (self._api, self._worker, self._bot)
        new = [make() for make in kinds for _ in range(count)]
        await asyncio.gather(*(each.up() for each in new))
        return new

    def balancer(self, replica: Replica) -> Balancer | None:
        return {"api": self.to_apis, "bot": self.to_bots}.get(replica.kind)

    def add(self, replica: Replica) -> None:
        if balancer := self.balancer(replica):
            balancer.targets = [*balancer.targets, replica.port]

    def remove(self, replica: Replica) -> None:
        if balancer := self.balancer(replica):
            balancer.targets = [p for p in balancer.targets if p != replica.port]

    async def stop(self) -> None:
        for each in self.all:
            each.kill()
        await self.to_apis.stop()
        await self.to_bots.stop()
        await self.http.aclose()

    def _api(self) -> Replica:
        port = free_port()
        name = self._name("api")
        bind = ("--threads", "8", "--no-control-socket", "--bind", f"127.0.0.1:{port}")
        metrics = str(self.root / f"{name}-metrics")
        return self._run(name, (*API, *bind), port, PROMETHEUS_MULTIPROC_DIR=metrics)

    def _worker(self) -> Replica:
        name = self._name("worker")
        own = ("--schedule", str(self.root / f"{name}-beat"), "-n", f"{name}@fleet")
        return self._run(name, (*WORKER, *own))

    def _bot(self) -> Replica:
        port = free_port()
        name = self._name("bot")
        own = {
            "BOT_PORT": str(port),
            "BOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "BOT_SPOOL_DIR": str(self.root / f"{name}-spool"),
        }
        return self._run(name, ("bot",), port, **own)

    def _name(self, kind: str) -> str:
        return f"{kind}-{sum(each.kind == kind for each in self.all)}"

    def _run(
        self, name: str, words: tuple[str, ...], port: int = 0, **own: str
    ) -> Replica:
        env = {
            **self.env,
            "API_URL": self.to_apis.url,
            "PUBLIC_URL": self.to_apis.url,
            "BOT_URL": self.to_bots.url,
            "DRAIN_MAX_SECS": str(DRAIN_SECS),
            "HEARTBEAT_SECS": "3",
            # Empty, as where .env.example was copied: nothing is shared.
            "PROMETHEUS_MULTIPROC_DIR": "",
            **own,
        }
        log = self.root / f"{name}.log"
        with log.open("wb") as out:
            popen = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env=env,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        replica = Replica(name, popen, log, self.http, port)
        self.all.append(replica)
        return replica
