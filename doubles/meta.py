"""Meta's Graph API for WhatsApp on a socket, and people who call and write by it.

It takes what the api does with calls (`POST /NUMBER/calls`) and messages
(`POST /NUMBER/messages`), and sends webhooks with Meta's signature.
"""

import asyncio
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from doubles import serving
from doubles.caller import Caller

TOKEN, APP_SECRET, VERIFY_TOKEN = "meta-token", "meta-app-secret", "meta-verify"


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    """The headers of a webhook of Meta's."""
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={made}", "Content-Type": "application/json"}


def event(number_id: str, **what: Any) -> dict[str, Any]:
    """A webhook's body around ``calls`` or ``messages``."""
    metadata = {"phone_number_id": number_id, "display_phone_number": "912071177"}
    value = {"messaging_product": "whatsapp", "metadata": metadata} | what
    change = {"field": next(iter(what)), "value": value}
    entry = {"id": "business", "changes": [change]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


@dataclass(eq=False)
class WhatsAppCall:
    """A person's call to a number of ours."""

    meta: "Meta"
    number_id: str
    from_number: str
    id: str = field(default_factory=lambda: f"wacid.{uuid.uuid4().hex}")
    caller: Caller = field(default_factory=lambda: Caller(has_page=False))
    actions: list[str] = field(default_factory=list)
    answer: str = ""
    acted: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def connect(self, sdp: str) -> int:
        """Tell the business of the call; the status of its answer."""
        session = {"sdp": sdp, "sdp_type": "offer"}
        return await self._tell(event="connect", session=session)

    async def call(self) -> None:
        """Call, and connect the sound as soon as the call is accepted."""

        async def offer(body: dict[str, Any]) -> dict[str, Any]:
            assert await self.connect(body["sdp"]) == 200
            await self.wait_for("accept")
            return {"sdp": self.answer, "type": "answer"}

        await self.caller.call(offer)

    async def hang_up(self) -> None:
        await self.caller.hang_up()
        await self._tell(event="terminate", status="COMPLETED", duration=10)

    async def wait_for(self, action: str, within: float = 20) -> None:
        """Until the business has done something with the call."""
        async with asyncio.timeout(within), self.acted:
            await self.acted.wait_for(lambda: action in self.actions)

    async def _tell(self, **more: Any) -> int:
        call = {"id": self.id, "from": self.from_number, "to": "912071177"} | more
        return await self.meta.tell(event(self.number_id, calls=[call]))


@dataclass
class Meta:
    """The double. ``status`` other than 0 is what the Graph API answers instead."""

    webhook: str = ""
    status: int = 0
    calls: dict[str, WhatsAppCall] = field(default_factory=dict)
    actions: list[tuple[str, str]] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    _http: aiohttp.ClientSession | None = None

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{number}/calls", self._act)
        app.router.add_post("/{number}/messages", self._send)
        app.on_shutdown.append(self._close)
        return app

    def person(self, number_id: str, from_number: str) -> WhatsAppCall:
        """Somebody about to call ``number_id``."""
        call = WhatsAppCall(self, number_id, from_number)
        self.calls[call.id] = call
        return call

    async def tell(self, body: dict[str, Any]) -> int:
        """One webhook; the status of its answer."""
        self._http = self._http or aiohttp.ClientSession()
        raw = json.dumps(body).encode()
        async with self._http.post(
            self.webhook, data=raw, headers=signed(raw)
        ) as response:
            return response.status

    async def _act(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        body = await request.json()
        self.actions.append((body["action"], body["call_id"]))
        call = self.calls.get(body["call_id"])
        if call:
            async with call.acted:
                call.answer = body.get("session", {}).get("sdp", call.answer)
                call.actions.append(body["action"])
                call.acted.notify_all()
        return web.json_response({"messaging_product": "whatsapp", "success": True})

    async def _send(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        body = await request.json()
        self.messages.append((body["to"], body["text"]["body"]))
        return web.json_response({"messages": [{"id": f"wamid.{uuid.uuid4().hex}"}]})

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": {"code": 190}}, status=401)
        if self.status:
            return web.json_response({"error": {"code": 1}}, status=self.status)
        return None

    async def _close(self, _: web.Application) -> None:
        if self._http:
            await self._http.close()


if __name__ == "__main__":
    serving.run(Meta().app())
