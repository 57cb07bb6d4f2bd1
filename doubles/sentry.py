"""Sentry's envelope endpoint: keeps events as they arrive."""

import asyncio
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

from doubles import serving


class SentryDouble:
    """Events and transactions by arrival."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.traces: list[dict[str, Any]] = []
        self.raw = ""
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def dsn(self) -> str:
        return f"http://public@127.0.0.1:{self.port}/1"

    async def start(self) -> None:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/api/1/envelope/", self._envelope)
        self._runner, self.port = await serving.start(app)

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _envelope(self, request: web.Request) -> web.Response:
        body = await request.read()
        # aiohttp has already unpacked a body whose encoding it knows.
        text = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
        self.raw += text
        for line in text.splitlines():
            item = json.loads(line)
            if item.get("type") == "transaction" and "spans" in item:
                self.traces.append(item)
            elif "exception" in item or "message" in item or "logentry" in item:
                self.events.append(item)
        return web.json_response({})


@contextmanager
def on_a_thread() -> Iterator[SentryDouble]:
    """For tests without an event loop."""
    double, loop = SentryDouble(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(double.start(), loop).result(10)
    try:
        yield double
    finally:
        asyncio.run_coroutine_threadsafe(double.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
