"""Starts and ends calls over HTTP, and judges every answer."""

import asyncio
import random
import threading
import time
import weakref
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple

import httpx

from prove.world import TIMEOUT, Limits, Tenant, World

SENTENCE = "All voice agents are currently busy. Please try again in a moment."
KEYS = {"error", "code", "scope", "global", "org", "globalLimit", "orgLimit"}


class Answer(NamedTuple):
    """What a start was answered; status 0 stands for a connection that broke."""

    tenant: Tenant
    status: int
    body: dict[str, Any]
    retry_after: str = ""

    @property
    def call(self) -> str:
        return str(self.body.get("callId", ""))


def answer(tenant: Tenant, response: httpx.Response) -> Answer:
    try:
        body = response.json()
    except ValueError:
        body = {}
    retry_after = response.headers.get("retry-after", "")
    return Answer(tenant, response.status_code, body, retry_after)


def wrong(told: Answer, limits: Limits) -> str:
    """What is wrong with an answer to a start; empty if nothing.

    It is admitted, refused with numbers that bear the refusal out, or cannot be told.
    """
    body = told.body
    if told.status == 201:
        return "" if told.call else "admitted without a call"
    if told.status in (0, 503):
        known = ("unavailable", "bot_unavailable")
        return "" if not told.status or body.get("code") in known else f"503 {body}"
    if told.status != 429:
        return f"{told.status} {body}"
    return "" if body.keys() == KEYS and fits(told, limits) else f"429 {body}"


def fits(told: Answer, limits: Limits) -> bool:
    """Whether a refusal's numbers bear it out."""
    body = told.body
    scope, all_, own = body["scope"], body["global"], body["org"]
    return (
        body["error"] == SENTENCE
        and body["code"] == "high_volume"
        and body["globalLimit"] == limits.all
        and body["orgLimit"] == limits.own
        and own <= min(all_, limits.own)
        and all_ <= limits.all
        and told.retry_after.isdigit()
        and (all_ == limits.all if scope == "global" else own == limits.own)
        and scope in ("global", "org")
    )


def storm(world: World, tenants: Sequence[Tenant]) -> list[Answer]:
    """Start a call for each of ``tenants``, all at once, through all apis in turn."""

    async def all_at_once() -> list[Answer]:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with httpx.AsyncClient(limits=limits, timeout=300) as client:

            async def start(number: int, tenant: Tenant) -> Answer:
                api = world.apis[number % len(world.apis)]
                try:
                    response = await client.post(
                        f"{api.url}/api/agents/{tenant.agent}/connect",
                        headers={"x-api-key": tenant.key},
                    )
                except httpx.HTTPError as error:
                    return Answer(tenant, 0, {"error": type(error).__name__})
                return answer(tenant, response)

            return await asyncio.gather(*map(start, range(len(tenants)), tenants))

    return asyncio.run(all_at_once())


class Client:
    """A program that uses one api."""

    def __init__(self, world: World, api: int = 0) -> None:
        self.world = world
        self.http = httpx.Client(base_url=world.apis[api].url, timeout=TIMEOUT)
        weakref.finalize(self, self.http.close)
        self.secret = {"x-internal-secret": world.env["INTERNAL_API_SECRET"]}

    def start(self, tenant: Tenant) -> Answer:
        path = f"/api/agents/{tenant.agent}/connect"
        try:
            response = self.http.post(path, headers={"x-api-key": tenant.key})
        except httpx.HTTPError as error:
            return Answer(tenant, 0, {"error": type(error).__name__})
        return answer(tenant, response)

    def end(self, tenant: Tenant, call: str) -> int:
        """Hang up; the status."""
        headers = {"x-api-key": tenant.key}
        return self._status(f"/api/calls/{call}/end", {}, headers)

    def complete(self, call: str) -> int:
        """Report as the bot does; the status."""
        return self._status(f"/api/calls/{call}/complete", report(), self.secret)

    def _status(self, path: str, body: Any, headers: dict[str, str]) -> int:
        try:
            return self.http.post(path, json=body, headers=headers).status_code
        except httpx.HTTPError:
            return 0


def report() -> dict[str, Any]:
    """A report of a call that cost something."""
    return {
        "status": "completed",
        "endedAt": datetime.now(UTC).isoformat(),
        "durationSecs": 93.4,
        "endReason": "caller_hangup",
        "metrics": {"turns": 8, "totalPromptTokens": 9000, "totalTtsCharacters": 2104},
        "usage": {"sttSeconds": 93.4},
    }


class Traffic:
    """Callers who start calls, stay for a moment, and end them in some way, until the
    block is over. Keeps what they were answered and what was wrong with it."""

    def __init__(self, world: World, callers: int = 24, stay: float = 0.15) -> None:
        self.world, self.stay = world, stay
        self.answers: Counter[int] = Counter()
        self.violations: list[str] = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=(number,), daemon=True)
            for number in range(callers)
        ]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def go_on(self, secs: float) -> None:
        """Let the callers call for so long."""
        time.sleep(secs)

    def _call(self, number: int) -> None:
        chance = random.Random(number)
        client = Client(self.world, number % len(self.world.apis))
        while not self._over.is_set():
            told = client.start(chance.choice(self.world.tenants))
            self.answers[told.status] += 1
            if problem := wrong(told, self.world.limits):
                self.violations.append(problem)
            if told.status == 201:
                self._over.wait(chance.uniform(0, 2 * self.stay))
                self._finish(client, told, chance)
            else:
                self._over.wait(chance.uniform(0, 0.1))

    def _finish(self, client: Client, told: Answer, chance: random.Random) -> None:
        """End a call as bots and operators do, some of them twice."""
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            if chance.random() < 0.5:
                client.complete(told.call)
            else:
                client.end(told.tenant, told.call)
