"""The api as far as the bot knows it: keeps what it was told."""

import asyncio
from typing import Any

from aiohttp import web

from doubles import serving

SECRET = "test-secret"


class ApiDouble:
    """Reports, recordings and heartbeats by call id."""

    def __init__(self) -> None:
        self.reports: dict[str, list[dict[str, Any]]] = {}
        self.recordings: dict[str, bytes] = {}
        self.heartbeats: list[dict[str, Any]] = []
        self.to_end: list[str] = []
        self.complete_status = 200
        self.upload_status = 200
        self.expired_uploads: set[str] = set()
        self.unauthenticated = 0
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._news = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_post("/api/calls/{id}/complete", self._complete)
        app.router.add_post("/api/calls/{id}/upload-url", self._upload_url)
        app.router.add_post("/api/bot/heartbeat", self._heartbeat)
        app.router.add_put("/upload/{id}", self._upload)
        self._runner, self.port = await serving.start(app, self.port)

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    def upload_url(self, call_id: str, generation: str = "first") -> str:
        return f"{self.url}/upload/{call_id}?signature={generation}%2F"

    async def wait_for_report(
        self, call_id: str, within: float = 20, count: int = 1
    ) -> dict[str, Any]:
        """The latest report, once `count` have come."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(
                lambda: len(self.reports.get(call_id, ())) >= count
            )
            return self.reports[call_id][-1]

    async def wait_for_heartbeat(self, within: float = 15) -> dict[str, Any]:
        """The next heartbeat."""
        seen = len(self.heartbeats)
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: len(self.heartbeats) > seen)
            return self.heartbeats[-1]

    async def _complete(self, request: web.Request) -> web.Response:
        self._check(request)
        if self.complete_status != 200:
            return web.json_response({}, status=self.complete_status)
        async with self._news:
            reports = self.reports.setdefault(request.match_info["id"], [])
            reports.append(await request.json())
            self._news.notify_all()
        return web.json_response({})

    async def _upload_url(self, request: web.Request) -> web.Response:
        self._check(request)
        call_id = request.match_info["id"]
        return web.json_response(
            {
                "key": f"{call_id}/call.wav",
                "uploadUrl": self.upload_url(call_id, "second"),
            }
        )

    async def _upload(self, request: web.Request) -> web.Response:
        call_id = request.match_info["id"]
        assert request.headers["Content-Type"] == "audio/wav"
        if self.upload_status != 200:
            return web.Response(status=self.upload_status)
        # The escape in the query is what a presigned URL's signature covers.
        if request.query_string == "signature=first%2F" and (
            call_id in self.expired_uploads
        ):
            return web.Response(status=403)
        self.recordings[call_id] = await request.read()
        return web.Response()

    async def _heartbeat(self, request: web.Request) -> web.Response:
        self._check(request)
        async with self._news:
            self.heartbeats.append(await request.json())
            self._news.notify_all()
        return web.json_response({"end": self.to_end})

    def _check(self, request: web.Request) -> None:
        if request.headers.get("x-internal-secret") != SECRET:
            self.unauthenticated += 1
            raise web.HTTPUnauthorized
