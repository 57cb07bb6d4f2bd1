"""A bot that takes calls, says nothing, and keeps docs/bot-api.md: it knows its calls,
and tells an api of them. ``python -m prove.bot --port N --api URL``."""

import argparse
import asyncio
import os
from contextlib import suppress

import httpx
from aiohttp import web

from doubles.serving import start
from launcher import stopping

BEAT_SECS = 10


class Bot:
    """Has the calls that it was given, until it is told to end them."""

    def __init__(self, url: str, api: str, secret: str) -> None:
        self.url, self.api = url, api
        self.headers = {"x-internal-secret": secret}
        self.calls: set[str] = set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/calls", self.join)
        app.router.add_get("/calls", self.live)
        app.router.add_delete("/calls/{call}", self.leave)
        return app

    async def join(self, request: web.Request) -> web.Response:
        call = (await request.json())["callId"]
        self.calls.add(call)
        return web.json_response({"callId": call, "status": "ready"}, status=201)

    async def live(self, request: web.Request) -> web.Response:
        calls = [{"callId": call} for call in self.calls]
        return web.json_response({"calls": calls, "draining": False})

    async def leave(self, request: web.Request) -> web.Response:
        call = request.match_info["call"]
        self.calls.discard(call)
        return web.json_response({"callId": call, "status": "ending"}, status=202)

    async def beat(self) -> None:
        """Tell the api every ten seconds which calls there are."""
        async with httpx.AsyncClient(headers=self.headers, timeout=10) as api:
            while True:
                await asyncio.sleep(BEAT_SECS)
                body = {"botUrl": self.url, "calls": sorted(self.calls)}
                with suppress(httpx.HTTPError, ValueError, KeyError):
                    told = await api.post(f"{self.api}/api/bot/heartbeat", json=body)
                    self.calls -= set(told.json()["end"])


async def main(port: int, api: str) -> None:
    secret = os.environ["INTERNAL_API_SECRET"]
    bot = Bot(f"http://127.0.0.1:{port}", api, secret)
    await start(bot.app(), port)
    await bot.beat()


if __name__ == "__main__":
    stopping.end_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api", required=True)
    given = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(main(given.port, given.api))
