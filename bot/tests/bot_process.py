"""The bot as a process, with doubles for everyone it talks to."""

import asyncio
import json
import os
import signal
import socket
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.tests.api_double import SECRET, ApiDouble
from doubles import serving
from doubles.caller import Caller
from doubles.deepgram import Deepgram
from doubles.openai import OpenAI

START_SECS = 40
_LOG_ENDS = "(the bot's log ends here)"
GREETING = "Hello, this is the clinic."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Vendors:
    """The scripted Deepgram and OpenAI, and how a bot reaches them."""

    deepgram: Deepgram = field(default_factory=Deepgram)
    openai: OpenAI = field(default_factory=OpenAI)
    environ: dict[str, str] = field(default_factory=dict)
    _runners: list[web.AppRunner] = field(default_factory=list)

    async def start(self) -> None:
        ears, deepgram_port = await serving.start(self.deepgram.app())
        mind, openai_port = await serving.start(self.openai.app())
        self._runners = [ears, mind]
        self.environ = {
            "DEEPGRAM_API_KEY": "deepgram-key",
            "DEEPGRAM_BASE_URL": f"http://127.0.0.1:{deepgram_port}",
            "OPENAI_API_KEY": "openai-key",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{openai_port}/v1",
        }

    def reset(self) -> None:
        """Forget the script and what was counted."""
        for double, fresh in ((self.deepgram, Deepgram()), (self.openai, OpenAI())):
            open_sockets = {"open_listens", "open_speaks"}
            for name, value in vars(fresh).items():
                if name not in open_sockets:
                    setattr(double, name, value)

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()


class BotProcess:
    """`python -m bot` on a free port, its log kept line by line."""

    def __init__(self, api: ApiDouble, spool: Path, **environ: str) -> None:
        self.api = api
        self.spool = spool
        self.port = free_port()
        self.log: list[dict[str, Any]] = []
        self.raw_log: list[str] = []
        self._environ = {
            "PATH": os.environ["PATH"],
            "API_URL": api.url,
            "INTERNAL_API_SECRET": SECRET,
            "BOT_PORT": str(self.port),
            "BOT_HOST": "127.0.0.1",
            "BOT_SPOOL_DIR": str(spool),
            "APP_ENV": "test",
            "TURN_DETECTION": "silence",
            "HEARTBEAT_SECS": "1",
            "RETRY_MAX_SECS": "1",
            **environ,
        }
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._http: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    async def start(self) -> None:
        self._http = aiohttp.ClientSession()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot",
            env=self._environ, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read_log())
        await self.wait_for_log("Bot listening", START_SECS)

    async def stop(self) -> int:
        """End it by SIGTERM where it still runs; returns its exit code."""
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self._process.wait(), 45)
        await self._close()
        return code

    async def kill(self) -> None:
        """SIGKILL: no chance to save anything."""
        assert self._process
        self._process.kill()
        await self._process.wait()
        await self._close()

    def signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    async def wait(self, within: float) -> int:
        """Its exit code, once it has ended by itself."""
        assert self._process
        try:
            return await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            raise AssertionError(f"The bot runs on:\n{self.log_text()}") from None

    async def request(
        self, method: str, path: str, body: Any = None, secret: str = SECRET
    ) -> tuple[int, dict[str, Any]]:
        assert self._http
        async with self._http.request(
            method, self.url + path, json=body, headers={"x-internal-secret": secret}
        ) as response:
            return response.status, await response.json()

    async def start_call(self, **changes: Any) -> str:
        """`POST /calls` with an agent of the scripted vendors; the call's id."""
        call_id = uuid.uuid4().hex
        status, _ = await self.request("POST", "/calls", self.body(call_id, **changes))
        assert status == 201
        return call_id

    async def connect(self, call_id: str) -> Caller:
        """A caller whose connection to the bot stands."""
        caller = Caller()

        async def offer(sdp: dict[str, Any]) -> dict[str, Any]:
            status, answer = await self.request("POST", f"/calls/{call_id}/offer", sdp)
            assert status == 200, answer
            return answer

        await caller.call(offer)
        return caller

    def body(self, call_id: str, **agent: Any) -> dict[str, Any]:
        return {
            "callId": call_id,
            "organizationId": "org",
            "channel": "web",
            "direction": "inbound",
            "startedAt": "2026-11-24T10:00:00Z",
            "dynamicVariables": {"name": "Asha"},
            "recording": {
                "key": f"{call_id}/call.wav",
                "uploadUrl": self.api.upload_url(call_id),
            },
            "iceServers": [],
            "agent": {**_AGENT, **agent},
        }

    async def wait_for_log(self, text: str, within: float = 15) -> dict[str, Any]:
        async with asyncio.timeout(within), self._news:
            while True:
                for line in self.log:
                    if text in line["msg"]:
                        return line
                if self.log and self.log[-1]["msg"] == _LOG_ENDS:
                    raise AssertionError(f"The bot ended:\n{self.log_text()}")
                await self._news.wait()

    def log_text(self) -> str:
        return "\n".join(self.raw_log)

    async def _read_log(self) -> None:
        assert self._process
        assert self._process.stderr
        async for raw in self._process.stderr:
            text = raw.decode().rstrip()
            self.raw_log.append(text)
            try:
                line = json.loads(text)
            except ValueError:
                line = {"level": "raw", "msg": text}
            await self._note(line)
        await self._note({"level": "raw", "msg": _LOG_ENDS})

    async def _note(self, line: dict[str, Any]) -> None:
        async with self._news:
            self.log.append(line)
            self._news.notify_all()

    async def _close(self) -> None:
        if self._reader:
            await self._reader
        if self._http:
            await self._http.close()


_AGENT = {
    "id": "agent",
    "name": "Clinic",
    "prompt": "You are the receptionist of {{name}}.",
    "greeting": GREETING,
    "language": "en-IN",
    "llmProvider": "openai",
    "llmModel": "gpt-4.1-mini",
    "temperature": 0.3,
    "maxTokens": 200,
    "sttProvider": "deepgram",
    "sttModel": "nova-3",
    "ttsProvider": "deepgram",
    "ttsModel": "aura-2-helena-en",
    "ttsVoice": "aura-2-helena-en",
    "enableCallRecording": True,
    "saveTranscripts": True,
    "maxDurationSecs": 120,
    "idleTimeoutSecs": 60,
    "vadConfidence": 0.7,
    "vadStartSecs": 0.2,
    "vadStopSecs": 0.2,
    "vadMinVolume": 0.6,
}
