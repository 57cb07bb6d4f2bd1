"""The api, as the bot sees it."""

from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from bot.call_request import UploadTarget

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
# Shorter than the api keeps an idle connection (gunicorn.conf.py).
IDLE_SECS = 30
# A recording of an hour is 230 MB: only a store that stands still is given up.
_UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=5, sock_read=60)


class ApiUnavailable(Exception):
    """No usable answer: try again later."""


class ApiRefused(Exception):
    """An answer that will stay the same however often it is asked."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the api answered {status}")
        self.status = status


class UploadExpired(Exception):
    """The store does not take this URL (any more)."""


class ApiClient:
    """Requests to the api, each with the shared secret."""

    def __init__(self, api_url: str, secret: str) -> None:
        self._api_url = api_url
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT,
            connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECS),
        )
        self._headers = {"x-internal-secret": secret}

    async def close(self) -> None:
        await self._session.close()

    async def complete(self, call_id: str, report: dict[str, Any]) -> None:
        """Report the end of a call; the api takes it as often as it is sent."""
        await self._post(f"/api/calls/{call_id}/complete", report)

    async def fresh_upload(self, call_id: str) -> UploadTarget:
        """A new URL for a recording whose first one expired."""
        answer = await self._post(f"/api/calls/{call_id}/upload-url", {})
        try:
            return UploadTarget(key=str(answer["key"]), url=str(answer["uploadUrl"]))
        except KeyError as error:
            raise ApiUnavailable(f"upload-url without {error}") from error

    async def heartbeat(self, body: dict[str, Any]) -> list[str]:
        """Tell which calls are live; returns those that must end."""
        answer = await self._post("/api/bot/heartbeat", body)
        return [str(call_id) for call_id in answer.get("end") or ()]

    async def upload(self, url: str, audio: Path) -> None:
        """PUT a recording to a URL that the api gave."""
        try:
            with audio.open("rb") as file:
                async with self._session.put(
                    # Already encoded: quoting it again would break its signature.
                    URL(url, encoded=True),
                    data=file,
                    headers={"Content-Type": "audio/wav"},
                    timeout=_UPLOAD_TIMEOUT,
                ) as response:
                    status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ApiUnavailable(type(error).__name__) from error
        if status < 300:
            return
        if 400 <= status < 500:
            raise UploadExpired(status)
        raise ApiUnavailable(f"the store answered {status}")

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            async with self._session.post(
                self._api_url + path, json=body, headers=self._headers
            ) as response:
                status = response.status
                answer = await response.json(content_type=None) if status < 300 else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ApiUnavailable(type(error).__name__) from error
        if status < 300:
            return answer if isinstance(answer, dict) else {}
        # A wrong secret, a limit or a conflict passes; a bad body does not.
        if status in (401, 403, 408, 409, 425, 429) or status >= 500 or status < 400:
            raise ApiUnavailable(f"the api answered {status}")
        raise ApiRefused(status)
