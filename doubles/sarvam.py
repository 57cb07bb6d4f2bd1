"""Sarvam on a socket: speech in a tone, recognition by script.

`/text-to-speech/ws` takes its config, keeps text until a flush and answers it with a
tone and the event `final`. `/speech-to-text/ws` answers each flush after a sound
with the next utterance. `/v2` has chat as OpenAI's. Another key than `key` is
refused with 403.
"""

import base64
import io
import json
import wave
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from doubles import serving
from doubles.deepgram import SECS_PER_CHARACTER, tone
from doubles.ear import Ear
from doubles.openai import OpenAI


@dataclass
class Sarvam:
    """The double: what it was asked to say, and what it will have heard.

    `chat` holds the rules and counts of its language model.
    """

    key: str = "sarvam-key"
    chat: OpenAI = field(default_factory=OpenAI)
    utterances: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/text-to-speech/ws", self.speak)
        app.router.add_get("/speech-to-text/ws", self.listen)
        app.router.add_post("/v2/chat/completions", self.complete)
        return app

    def _refuse_strangers(self, request: web.Request) -> None:
        if request.headers.get("api-subscription-key") != self.key:
            raise web.HTTPForbidden

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self._refuse_strangers(request)
        return await self.chat.chat(request)

    async def speak(self, request: web.Request) -> web.WebSocketResponse:
        self._refuse_strangers(request)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        rate, text = 0, ""
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            command = json.loads(message.data)
            if command["type"] == "config":
                rate = int(command["data"]["speech_sample_rate"])
            elif command["type"] == "text":
                self.spoken.append(command["data"]["text"])
                text += command["data"]["text"]
            elif command["type"] == "flush" and text:
                for answer in _speech(text, rate):
                    await socket.send_json(answer)
                text = ""
        return socket

    async def listen(self, request: web.Request) -> web.WebSocketResponse:
        self._refuse_strangers(request)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        ear = Ear(self.utterances)
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            command = json.loads(message.data)
            if command.get("type") == "flush":
                if text := ear.utterance():
                    await socket.send_json(_heard(text))
            else:
                ear.take(_pcm(base64.b64decode(command["audio"]["data"])))
        return socket


def _speech(text: str, rate: int) -> list[dict[str, Any]]:
    sound = base64.b64encode(tone(len(text) * SECS_PER_CHARACTER, rate)).decode()
    audio = {"content_type": "audio/linear16", "audio": sound, "request_id": "1"}
    return [
        {"type": "audio", "data": audio},
        {"type": "event", "data": {"event_type": "final"}},
    ]


def _pcm(audio: bytes) -> bytes:
    if not audio.startswith(b"RIFF"):
        return audio
    with wave.open(io.BytesIO(audio)) as file:
        pcm: bytes = file.readframes(file.getnframes())
    return pcm


def _heard(text: str) -> dict[str, Any]:
    data = {
        "request_id": "1",
        "transcript": text,
        "language_code": "en-IN",
        "metrics": {"audio_duration": 1.0, "processing_latency": 0.1},
    }
    return {"type": "data", "data": data}


if __name__ == "__main__":
    serving.run(Sarvam(utterances=["What are your opening hours?"]).app())
