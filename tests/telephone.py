"""A person with a telephone, a program of the organization's, and what they did."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from doubles.phone_line import Line
from doubles.plivo import Person, Plivo
from launcher.stack import Stack

SECS_PER_CHARACTER = 0.05
GREETING = "Hello, this is Shanti Clinic. How can I help you?"
DEADLINE_SECS = 45
_next = iter(range(10_000))


def new_number(plivo: Plivo, **person: Any) -> str:
    """A number that nobody has called yet, with somebody at it."""
    number = f"9198{next(_next):08}"
    plivo.people[number] = Person(**person)
    return number


@dataclass
class Ear:
    """Follows what is heard on a line by the length of it."""

    line: Line
    expected: float = 0.0

    async def hears(self, text: str) -> None:
        """Until the agent's voice has said ``text`` too."""
        self.expected += len(text) * SECS_PER_CHARACTER
        async with asyncio.timeout(DEADLINE_SECS):
            while True:
                if self.line.sound_secs() >= self.expected - 0.15:
                    return
                await asyncio.sleep(0.05)


class Program:
    """Uses the stack's api with the demo's key."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.demo = stack.demo
        key = {"x-api-key": self.demo["apiKey"]}
        self.api = httpx.AsyncClient(base_url=self.demo["url"], headers=key, timeout=30)

    async def numbers(self) -> list[dict[str, Any]]:
        answer = await self.api.get("/api/widget/phone-numbers")
        found: list[dict[str, Any]] = answer.json()["phoneNumbers"]
        return found

    async def own_number(self) -> dict[str, Any]:
        """The number that the first agent answers."""
        agent = self.demo["agentId"]
        return next(n for n in await self.numbers() if n["agentId"] == agent)

    async def call(self, destination: str, agent: str = "") -> httpx.Response:
        """`POST /api/calls/outbound`."""
        return await self.api.post(
            "/api/calls/outbound",
            json={
                "agentId": agent or self.demo["agentId"],
                "phoneNumberId": (await self.own_number())["id"],
                "destination": f"+{destination}",
            },
        )

    async def details(self, call_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.api.get(f"/api/calls/{call_id}")).json()
        return found

    async def until(self, call_id: str, **wanted: Any) -> dict[str, Any]:
        """The call's details, once they have these values."""
        async with asyncio.timeout(DEADLINE_SECS):
            while True:
                found = await self.details(call_id)
                if all(found[name] == value for name, value in wanted.items()):
                    return found
                await asyncio.sleep(0.1)

    async def reported(self, call_id: str) -> dict[str, Any]:
        """The call's details, once the bot has told of it: billing is then settled."""
        async with asyncio.timeout(DEADLINE_SECS):
            while True:
                found = await self.details(call_id)
                if found["billingStatus"] != "pending" and found["metrics"]:
                    return found
                await asyncio.sleep(0.1)

    async def newest(self) -> dict[str, Any]:
        answer = (await self.api.get("/api/calls?limit=1&channel=phone")).json()
        found: dict[str, Any] = answer["calls"][0]
        return found

    async def slots(self) -> int:
        secret = {"x-internal-secret": self.demo["internalSecret"]}
        path = "/api/jobs/reconcile-capacity"
        answer = (await self.api.post(path, headers=secret)).json()
        return int(answer["globalCount"])
