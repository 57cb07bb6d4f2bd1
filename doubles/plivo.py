"""Plivo on a socket: its voice API, the people who are called, and signed callbacks.

`POST /v1/Account/ID/Call/` dials a person, who does what `people` says by number. In
process, `call_in` has a person call us; as a process, `POST /call-in` does, and
`GET /log` tells what was asked and answered.
"""

import asyncio
import os
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from plivo.utils import signature_v3

from doubles import serving
from doubles.phone_line import Line, Urls

AUTH_ID, AUTH_TOKEN = "MAXXXXXXXXXXXXXXXXXX", "plivo-auth-token-of-the-double"
# How each outcome of ringing is told: cause, code, status.
OUTCOMES = {
    "busy": ("Busy Line", "3010", "busy"),
    "no_answer": ("Ring Timeout Reached", "6010", "no-answer"),
    "rejects": ("Rejected", "3020", "busy"),
    "invalid": ("Invalid Destination Address", "2000", "failed"),
    "fails": ("Network Error", "5000", "failed"),
}


@dataclass
class Person:
    """Who is at a number. ``outcome`` is ``answers``, ``rings`` for ever, or one of
    ``OUTCOMES``; ``machine`` says what Plivo's detection will find."""

    outcome: str = "answers"
    machine: bool | None = None
    was_told: list[str] = field(default_factory=list)
    talks: asyncio.Event = field(default_factory=asyncio.Event)
    is_done: asyncio.Event = field(default_factory=asyncio.Event)


def signed(url: str, body: dict[str, str], token: str = AUTH_TOKEN) -> dict[str, str]:
    """The headers by which Plivo proves that a callback is its own."""
    nonce = uuid.uuid4().hex
    text = signature_v3.construct_post_url(url, dict(body)).decode()
    signature = signature_v3.get_signature_v3(token.encode(), text, nonce)
    return {
        "X-Plivo-Signature-V3": signature.decode(),
        "X-Plivo-Signature-V3-Nonce": nonce,
    }


@dataclass
class Plivo:
    """The double. ``status`` other than 0 is what the API answers instead; ``repeats``
    sends every callback twice, and ``is_mute`` none at all."""

    people: dict[str, Person] = field(default_factory=dict)
    status: int = 0
    repeats: bool = False
    forgets_hangups: bool = False
    is_mute: bool = False
    application: Urls = field(default_factory=lambda: Urls("", ""))
    lines: dict[str, Line] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    callbacks: list[tuple[str, int]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _http: aiohttp.ClientSession | None = None

    @property
    def http(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        return self._http

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._check])
        path = f"/v1/Account/{AUTH_ID}/Call/"
        app.router.add_post(path, self._dial)
        app.router.add_get(path + "{uuid}/", self._look)
        app.router.add_post(path + "{uuid}/", self._hand_over)
        app.router.add_delete(path + "{uuid}/", self._hang_up)
        app.router.add_post("/call-in", self._call_in)
        app.router.add_get("/log", self._log)
        app.on_shutdown.append(self._close)
        return app

    def person(self, number: str) -> Person:
        return self.people.setdefault(number, Person())

    async def line(self, within: float = 15) -> Line:
        """The next call that is dialled."""
        await asyncio.wait_for(self.arrived.wait(), within)
        self.arrived.clear()
        return list(self.lines.values())[-1]

    async def call_in(self, from_number: str, to_number: str) -> Line:
        """A person calls one of our numbers."""
        line = Line(self, from_number, to_number, "inbound", self.application)
        self.lines[line.uuid] = line
        await line.pick_up()
        return line

    async def post(
        self, url: str, body: dict[str, str], token: str = AUTH_TOKEN
    ) -> str:
        """A signed callback, once or twice; the last answer's body."""
        text = ""
        times = 0 if self.is_mute else 2 if self.repeats else 1
        for _ in range(times):
            headers = signed(url, body, token)
            async with self.http.post(url, data=body, headers=headers) as response:
                text = await response.text()
                self.callbacks.append((url.rpartition("/")[2], response.status))
        return text

    @web.middleware
    async def _check(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.requests.append((request.method, request.path_qs, body))
        if request.path.startswith("/v1/"):
            given = request.headers.get("Authorization", "")
            if given != aiohttp.encode_basic_auth(AUTH_ID, AUTH_TOKEN):
                return web.json_response({"error": "authentication failed"}, status=401)
            if self.status:
                return web.json_response({"error": "as told"}, status=self.status)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _dial(self, request: web.Request) -> web.Response:
        body = await request.json()
        urls = Urls(
            body["answer_url"],
            body["hangup_url"],
            body.get("ring_url", ""),
            body.get("machine_detection_url", ""),
        )
        line = Line(self, body["from"], body["to"], "outbound", urls)
        self.lines[line.uuid] = line
        self._start(self._ring(line))
        self.arrived.set()
        fired = {"request_uuid": line.uuid, "message": "call fired", "api_id": "double"}
        return web.json_response(fired, status=201)

    async def _ring(self, line: Line) -> None:
        person = self.person(line.to_number)
        if self.is_mute:
            return
        if person.outcome == "invalid":
            await line.end(*OUTCOMES["invalid"])
            return
        await line.tell(line.urls.ring, CallStatus="ringing")
        if ending := OUTCOMES.get(person.outcome):
            await line.end(*ending)
        elif person.outcome == "answers":
            await line.pick_up()
            if person.machine is not None and line.urls.machine:
                found = "true" if person.machine else "false"
                await line.tell(line.urls.machine, Machine=found)

    async def _look(self, request: web.Request) -> web.Response:
        line = self.lines.get(request.match_info["uuid"])
        if line is None or line.ended.is_set():
            return web.json_response({"error": "not found"}, status=404)
        return web.json_response({"call_uuid": line.uuid, "call_status": "in-progress"})

    async def _hand_over(self, request: web.Request) -> web.Response:
        line = self.lines.get(request.match_info["uuid"])
        if line is None or line.ended.is_set():
            return web.json_response({"error": "not found"}, status=404)
        body = await request.json()
        self._start(self._follow(line, body["aleg_url"]))
        return web.json_response({"message": "call transferred"}, status=202)

    async def _follow(self, line: Line, url: str) -> None:
        line.follow(await line.tell(url))

    async def _hang_up(self, request: web.Request) -> web.Response:
        line = self.lines.get(request.match_info["uuid"])
        if line is None or line.ended.is_set():
            return web.json_response({"error": "not found"}, status=404)
        answered = line.answered.is_set()
        cause = ("Normal Hangup", "4000") if answered else ("Canceled", "1000")
        self._start(line.end(*cause, "completed" if answered else "cancel"))
        return web.Response(status=204)

    async def _call_in(self, request: web.Request) -> web.Response:
        body = await request.json()
        line = await self.call_in(body["from"], body["to"])
        return web.json_response({"callUuid": line.uuid})

    async def _log(self, _: web.Request) -> web.Response:
        counted: dict[str, int] = defaultdict(int)
        for name, _status in self.callbacks:
            counted[name] += 1
        return web.json_response({"requests": self.requests, "callbacks": counted})

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self, _: web.Application) -> None:
        for line in list(self.lines.values()):
            if line._running:
                line._running.cancel()
        for task in list(self._tasks):
            task.cancel()
        if self._http:
            await self._http.close()


if __name__ == "__main__":
    site = os.environ.get("PUBLIC_URL", "http://localhost:8000")
    ours = Urls(f"{site}/api/plivo/answer", f"{site}/api/plivo/hangup")
    serving.run(Plivo(application=ours).app())
