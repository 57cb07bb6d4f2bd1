"""Deepgram on a socket: hears what the script says, speaks in a tone.

`/v1/listen` takes PCM and answers each Finalize after a sound with the next
scripted utterance. `/v1/speak` answers Speak and Flush with a tone whose length
follows the text. `GET /log` tells what arrived, `POST /script` changes the script.
"""

import asyncio
import json
import math
from array import array
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from doubles import serving

TONE_HZ = 440.0
SECS_PER_CHARACTER = 0.05
# Louder than a line's noise, quieter than any voice.
_SOUND = 500


@dataclass
class Deepgram:
    """The double. Delays are seconds; a status other than 101 refuses sockets."""

    utterances: list[str] = field(default_factory=list)
    listen_delay_secs: float = 0.05
    speak_delay_secs: float = 0.05
    listen_status: int = 101
    speak_status: int = 101
    spoken: list[str] = field(default_factory=list)
    listened_secs: float = 0.0
    open_listens: int = 0
    open_speaks: int = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/listen", self.listen)
        app.router.add_get("/v1/speak", self.speak)
        app.router.add_get("/log", self.log)
        app.router.add_post("/script", self.script)
        return app

    async def log(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"spoken": self.spoken, "listenedSecs": self.listened_secs}
        )

    async def script(self, request: web.Request) -> web.Response:
        for name, value in (await request.json()).items():
            setattr(self, name, value)
        return web.json_response({})

    async def listen(self, request: web.Request) -> web.StreamResponse:
        if self.listen_status != 101:
            return web.Response(status=self.listen_status)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.open_listens += 1
        ear = _Ear(self, socket, int(request.query.get("sample_rate", "16000")))
        try:
            async for message in socket:
                if message.type == WSMsgType.BINARY:
                    ear.take(message.data)
                elif message.type == WSMsgType.TEXT:
                    await ear.command(json.loads(message.data)["type"])
        finally:
            self.open_listens -= 1
        return socket

    async def speak(self, request: web.Request) -> web.StreamResponse:
        if self.speak_status != 101:
            return web.Response(status=self.speak_status)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.open_speaks += 1
        mouth = _Mouth(self, socket, int(request.query.get("sample_rate", "24000")))
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await mouth.command(json.loads(message.data))
        finally:
            self.open_speaks -= 1
        return socket


class _Ear:
    def __init__(
        self, double: Deepgram, socket: web.WebSocketResponse, rate: int
    ) -> None:
        self._double = double
        self._socket = socket
        self._rate = rate
        self._heard_sound = False
        self._next = 0

    def take(self, pcm: bytes) -> None:
        self._double.listened_secs += len(pcm) / 2 / self._rate
        # Every 16th sample is enough to tell a voice from silence.
        samples = array("h", pcm)[::16]
        if samples and max(max(samples), -min(samples)) > _SOUND:
            self._heard_sound = True

    async def command(self, kind: str) -> None:
        if kind == "CloseStream":
            await self._socket.close()
        if kind != "Finalize":
            return
        text = ""
        if self._heard_sound and self._next < len(self._double.utterances):
            text = self._double.utterances[self._next]
            self._next += 1
        self._heard_sound = False
        await asyncio.sleep(self._double.listen_delay_secs)
        await self._socket.send_json(_results(text))


def _results(text: str) -> dict[str, Any]:
    alternative = {"transcript": text, "confidence": 0.99, "words": []}
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "duration": 1.0,
        "start": 0.0,
        "is_final": True,
        "speech_final": True,
        "from_finalize": True,
        "channel": {"alternatives": [alternative]},
        "metadata": {
            "request_id": "00000000-0000-0000-0000-000000000000",
            "model_info": {"name": "double", "version": "1", "arch": "double"},
            "model_uuid": "00000000-0000-0000-0000-000000000000",
        },
    }


class _Mouth:
    def __init__(
        self, double: Deepgram, socket: web.WebSocketResponse, rate: int
    ) -> None:
        self._double = double
        self._socket = socket
        self._rate = rate
        self._text = ""
        self._sending: asyncio.Task[None] | None = None

    async def command(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "Speak":
            self._double.spoken.append(message["text"])
            self._text += message["text"]
        elif kind == "Flush":
            text, self._text = self._text, ""
            self._sending = asyncio.create_task(self._send(text))
        elif kind == "Clear":
            if self._sending:
                self._sending.cancel()
            self._text = ""
            await self._socket.send_json({"type": "Cleared", "sequence_id": 0})
        elif kind == "Close":
            await self._socket.close()

    async def _send(self, text: str) -> None:
        await asyncio.sleep(self._double.speak_delay_secs)
        pcm = tone(len(text) * SECS_PER_CHARACTER, self._rate)
        step = self._rate // 5 * 2
        for start in range(0, len(pcm), step):
            await self._socket.send_bytes(pcm[start : start + step])
        await self._socket.send_json({"type": "Flushed", "sequence_id": 0})


def tone(secs: float, rate: int) -> bytes:
    """A sine of `TONE_HZ` as 16-bit mono PCM."""
    step = 2 * math.pi * TONE_HZ / rate
    samples = (round(8000 * math.sin(step * n)) for n in range(round(secs * rate)))
    return array("h", samples).tobytes()


if __name__ == "__main__":
    serving.run(Deepgram(utterances=["What are your opening hours?"]).app())
