"""Two bot processes behind one api, as `BOT_PROCESSES=2 make run` starts them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio

from bot.tests.bot_process import Vendors
from doubles.caller import Caller
from launcher.ports import free_port, why_unusable
from launcher.stack import Stack
from tests.web_call import web_call

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

GREETING = "How can I help you?"
DEADLINE_SECS = 60


def two_ports() -> int:
    """The first of two free ports in a row."""
    while True:
        port = free_port()
        if why_unusable(port + 1) is None:
            return port


@dataclass
class Pair:
    """The stack, and a program that uses its api."""

    stack: Stack
    api: httpx.AsyncClient
    urls: list[str]

    async def call(self) -> tuple[str, Caller]:
        """A caller who has been greeted, and the call's id."""
        agent = self.stack.demo["agentId"]
        call_id, caller = await web_call(self.api, agent)
        await caller.wait_for_line("assistant", GREETING, DEADLINE_SECS)
        return call_id, caller

    async def live(self, url: str) -> set[str]:
        secret = {"x-internal-secret": self.stack.demo["internalSecret"]}
        answer = (await self.api.get(f"{url}/calls", headers=secret)).json()
        return {call["callId"] for call in answer["calls"]}

    async def details(self, call_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.api.get(f"/api/calls/{call_id}")).json()
        return found

    async def until(
        self, call_id: str, fits: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_SECS):
            while True:
                details = await self.details(call_id)
                if fits(details):
                    return details
                await asyncio.sleep(0.2)

    def process(self, url: str) -> psutil.Process:
        port = url.rsplit(":", 1)[1]
        return next(
            process
            for process in self.stack.processes()
            if process.cmdline()[-2:] == ["-m", "bot"]
            and process.environ()["BOT_PORT"] == port
        )

    async def until_back(self, url: str) -> None:
        """Wait for a bot that takes calls there."""
        async with asyncio.timeout(DEADLINE_SECS):
            while True:
                try:
                    if (await self.api.get(f"{url}/health/deep")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(
    vendors: Vendors, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    vendors.reset()
    port = two_ports()
    stack = Stack(
        tmp_path_factory.mktemp("two") / "data",
        **vendors.environ,
        BOT_PORT=str(port),
        BOT_PROCESSES="2",
        DRAIN_MAX_SECS="30",
    )
    stack.start()
    key = {"x-api-key": stack.demo["apiKey"]}
    urls = [f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"]
    async with httpx.AsyncClient(
        base_url=stack.demo["url"], headers=key, timeout=30
    ) as api:
        yield Pair(stack, api, urls)
    assert stack.stop(signal.SIGTERM) == 0


async def test_calls_spread_and_each_is_ended_where_it_is(pair: Pair) -> None:
    calls = [await pair.call() for _ in range(4)]
    spread = [await pair.live(url) for url in pair.urls]
    one = spread[1].copy().pop()

    await pair.api.post(f"/api/calls/{one}/end")
    details = await pair.until(one, lambda call: bool(call["recordingUrl"]))

    assert [len(live) for live in spread] == [2, 2]
    assert details["endReason"] == "operator_hangup"
    assert await pair.live(pair.urls[0]) == spread[0]
    for _, caller in calls:
        await caller.hang_up()


async def test_while_one_drains_the_other_takes_the_calls(pair: Pair) -> None:
    calls = [await pair.call() for _ in range(2)]
    staying = await pair.live(pair.urls[0])

    pair.process(pair.urls[0]).send_signal(signal.SIGTERM)
    later = [await pair.call() for _ in range(2)]

    # Nobody was cut off, and the new ones are elsewhere.
    assert staying <= await pair.live(pair.urls[0])
    assert {call_id for call_id, _ in later} <= await pair.live(pair.urls[1])
    for _, caller in [*calls, *later]:
        await caller.hang_up()
    for call_id in staying:
        details = await pair.until(call_id, lambda call: call["status"] != "active")
        assert details["endReason"] == "caller_hangup"
    await pair.until_back(pair.urls[0])


async def test_a_killed_bot_costs_its_own_calls_alone(pair: Pair) -> None:
    calls = dict([await pair.call(), await pair.call()])
    dying = (await pair.live(pair.urls[1])).pop()
    living = (await pair.live(pair.urls[0])).pop()
    # Its state is written every two seconds.
    await asyncio.sleep(2.5)

    pair.process(pair.urls[1]).kill()

    assert living in await pair.live(pair.urls[0])
    await calls[living].hang_up()
    ended = await pair.until(living, lambda call: call["status"] != "active")
    assert ended["endReason"] == "caller_hangup"
    # What it had in the spool is delivered by the other one, or its successor.
    details = await pair.until(dying, lambda call: bool(call["recordingUrl"]))
    assert details["failureReason"] == "bot_lost"
    assert GREETING in details["transcript"][0]["text"]
    await pair.until_back(pair.urls[1])
    await calls[dying].hang_up()
