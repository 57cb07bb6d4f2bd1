"""Every process is replaced in turn while people talk, and nobody notices."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.tests.bot_process import Vendors
from doubles.caller import Caller
from launcher.stack import Stack
from tests.conftest import Say
from tests.fleet import Fleet, Replica, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

GREETING, QUESTION, ANSWER = "How can I help you?", "When do you open?", "At nine."
LINE_SECS = 60
CHARGES = "/api/billing/transactions?kind=charge&limit=100"


@pytest_asyncio.fixture(loop_scope="session")
async def fleet(stack: Stack, vendors: Vendors, tmp_path: Path) -> AsyncIterator[Fleet]:
    vendors.reset()
    vendors.deepgram.utterances = [QUESTION]
    vendors.openai.rules = [{"when": QUESTION, "say": ANSWER}]
    web = next(p for p in stack.processes() if "gunicorn" in " ".join(p.cmdline()))
    fleet = Fleet(tmp_path, {"PATH": os.environ["PATH"], **web.environ()})
    await fleet.to_apis.start()
    await fleet.to_bots.start()
    try:
        yield fleet
    finally:
        await fleet.stop()


@dataclass
class Person:
    """Somebody who was greeted, and the call."""

    call: str
    caller: Caller

    async def hears(self, text: str) -> None:
        try:
            await self.caller.wait_for_line("assistant", text, within=LINE_SECS)
        except TimeoutError:
            heard = self.caller.messages
            raise AssertionError(f"{self.call} waits for {text!r}: {heard}") from None

    async def talks_and_leaves(self, question: bytes) -> None:
        self.caller.microphone.say(question)
        await self.hears(ANSWER)
        await self.caller.hang_up()


@dataclass
class Site:
    """The product as its clients see it; each request on a connection of its own."""

    stack: Stack
    fleet: Fleet
    agent: str = ""
    people: list[Person] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    served: int = 0

    async def ask(self, method: str, path: str, body: Any = None, **own: str) -> Any:
        url = path if path.startswith("http") else self.fleet.to_apis.url + path
        headers = own or {"x-api-key": self.stack.demo["apiKey"]}
        answer = await self.fleet.http.request(method, url, json=body, headers=headers)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json()

    async def keep_asking(self) -> None:
        """What a balancer, a page and a program ask all day."""
        while True:
            for path in ("/api/health", "/api/calls?limit=1"):
                try:
                    await self.ask("GET", path)
                    self.served += 1
                except (httpx.HTTPError, AssertionError) as error:
                    self.failed.append(repr(error))
            await asyncio.sleep(0.2)

    async def make_agent(self) -> None:
        """One that lets people be silent for as long as all this takes."""
        agent = await self.ask("GET", f"/api/agents/{self.stack.demo['agentId']}")
        left_out = ("id", "createdAt", "updatedAt")
        body = {name: agent[name] for name in agent if name not in left_out}
        made = await self.ask("POST", "/api/agents", body | {"idleTimeoutSecs": 600})
        self.agent = made["id"]

    async def call(self) -> Person:
        connected = await self.ask("POST", f"/api/agents/{self.agent}/connect", {})
        url, token = connected["transport"]["offerUrl"], connected["token"]

        async def offer(body: dict[str, Any]) -> dict[str, Any]:
            told: dict[str, Any] = await self.ask(
                "POST", url, body, Authorization=f"Bearer {token}"
            )
            return told

        person = Person(connected["callId"], Caller())
        self.people.append(person)
        await person.caller.call(offer)
        await person.hears(GREETING)
        return person

    async def held_by(self, bot: Replica) -> set[str]:
        secret = {"x-internal-secret": self.stack.demo["internalSecret"]}
        answer = await self.ask("GET", f"{bot.url}/calls", **secret)
        return {call["callId"] for call in answer["calls"]}

    async def finished(self, call: str) -> dict[str, Any]:
        """The call with all that is kept of it."""
        found: dict[str, Any] = {}

        async def is_whole() -> bool:
            found.update(await self.ask("GET", f"/api/calls/{call}"))
            return found["status"] != "active" and bool(found["recordingUrl"])

        await until(f"the report and the recording of {call}", is_whole)
        found["sound"] = (await self.fleet.http.get(found["recordingUrl"])).content
        return found


def heartbeats(fleet: Fleet) -> int:
    """How many the apis took. A bot keeps its connection, to whichever came next."""
    apis = (each for each in fleet.all if each.kind == "api")
    return sum(api.text().count("api/bot/heartbeat") for api in apis)


async def replace_api(fleet: Fleet, old: Replica, new: Replica) -> None:
    fleet.add(new)
    fleet.remove(old)
    # Connections are let in one after the other: once this one was, all before it were.
    assert await old.answers("/api/health")
    old.terminate()
    assert await old.ended() == 0, old.text()
    before = heartbeats(fleet)

    async def is_reached() -> bool:
        return heartbeats(fleet) > before

    await until("a bot reaches an api that stays", is_reached)


async def replace_bot(site: Site, old: Replica, new: Replica) -> None:
    """The old one goes on with its calls; new calls go elsewhere."""
    held = await site.held_by(old)
    site.fleet.add(new)
    old.terminate()
    await old.says(f"SIGTERM: winding down {len(held)} active call(s)")
    # The balancer has not noticed yet.
    await site.call()
    assert await site.held_by(old) == held
    assert not await old.answers("/health/deep")
    site.fleet.remove(old)


async def test_each_process_is_replaced_under_live_calls(
    fleet: Fleet, stack: Stack, say: Say
) -> None:
    old = await fleet.start()
    for each in old:
        fleet.add(each)
    site, bots = Site(stack, fleet), old[4:]
    await site.make_agent()
    asking = asyncio.create_task(site.keep_asking())
    try:
        for bot in bots:
            fleet.to_bots.use([bot.port])
            held = (await site.call()).call
            assert await site.held_by(bot) == {held}
        fleet.to_bots.use([bot.port for bot in bots])
        ended = await replace_all(site, old)
        question = await say(QUESTION)
        talking = [person for person in site.people if person.call != ended]
        await asyncio.gather(*(one.talks_and_leaves(question) for one in talking))
        assert [await bot.ended() for bot in bots] == [0, 0]
        whole = {one.call: await site.finished(one.call) for one in site.people}
        charges = await site.ask("GET", CHARGES)
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
        for person in site.people:
            await person.caller.hang_up()

    assert site.failed == []
    assert site.served > 20
    for call, details in whole.items():
        check(details, by_api=call == ended)
    charged = [entry["callId"] for entry in charges["transactions"]]
    assert [charged.count(call) for call in whole] == [1] * len(whole)
    for bot in bots:
        assert "SIGTERM: all calls drained cleanly" in bot.text()
        assert not list((fleet.root / f"{bot.name}-spool").rglob("*.wav"))


async def replace_all(site: Site, old: list[Replica]) -> str:
    """Each process in turn. Answers the call that an api has ended, one of an old bot's
    that only apis of before had to do with."""
    new = await site.fleet.start()
    for before, after in zip(old[:2], new[:2], strict=True):
        await replace_api(site.fleet, before, after)
    for before, after in zip(old[2:4], new[2:4], strict=True):
        # Beats of both for a while: what two start runs once.
        await after.says("Internal cron started")
        before.terminate()
        assert await before.ended() == 0, before.text()
    for before, after in zip(old[4:], new[4:], strict=True):
        await replace_bot(site, before, after)
    ended = site.people[0].call
    await site.ask("POST", f"/api/calls/{ended}/end")
    # At once, and not by the answer to the bot's next heartbeat.
    assert not any("The bot was not told" in api.text() for api in new[:2])
    return ended


def check(details: dict[str, Any], *, by_api: bool) -> None:
    """Nothing of the call was lost."""
    reason = "operator_hangup" if by_api else "caller_hangup"
    assert (details["status"], details["endReason"]) == ("completed", reason)
    said = [line["text"] for line in details["transcript"]]
    assert GREETING in said[0]
    if not by_api:
        assert said[1:] == [QUESTION, ANSWER]
    assert details["billingStatus"] == "charged"
    assert details["sound"][:4] == b"RIFF"
    # 16 kHz, two sides, 16 bits: two seconds at least.
    assert len(details["sound"]) > 128_000
