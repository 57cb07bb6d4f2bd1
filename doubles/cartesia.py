"""Cartesia on a socket: speech by context in a tone, recognition by script.

`/tts/websocket` answers each transcript with a tone and the time of each word, and
the last of a context with `done`. `/stt/websocket` answers each `finalize` with the
next utterance. Another key than `key` is refused with 401.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from doubles import serving
from doubles.deepgram import SECS_PER_CHARACTER, tone
from doubles.ear import Ear


@dataclass
class Cartesia:
    """The double: what it was asked to say, and what it will have heard."""

    key: str = "cartesia-key"
    utterances: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/tts/websocket", self.speak)
        app.router.add_get("/stt/websocket", self.listen)
        return app

    def _refuse_strangers(self, request: web.Request) -> None:
        if request.headers.get("X-API-Key") != self.key:
            raise web.HTTPUnauthorized

    async def speak(self, request: web.Request) -> web.WebSocketResponse:
        self._refuse_strangers(request)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                for answer in self._answers(json.loads(message.data)):
                    await socket.send_json(answer)
        return socket

    def _answers(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        if command.get("cancel"):
            return []
        about = {"context_id": command["context_id"], "status_code": 206}
        answers: list[dict[str, Any]] = []
        if text := command["transcript"]:
            self.spoken.append(text)
            rate = command["output_format"]["sample_rate"]
            sound = base64.b64encode(tone(len(text) * SECS_PER_CHARACTER, rate))
            chunk = {"type": "chunk", "data": sound.decode(), "done": False}
            times = {"type": "timestamps", "word_timestamps": _times(text)}
            answers += [{**about, **chunk}, {**about, **times}]
        if not command["continue"]:
            answers.append({**about, "type": "done", "done": True, "status_code": 200})
        return answers

    async def listen(self, request: web.Request) -> web.WebSocketResponse:
        self._refuse_strangers(request)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        ear = Ear(self.utterances)
        async for message in socket:
            if message.type == WSMsgType.BINARY:
                ear.take(message.data)
            elif message.data == "finalize":
                text = ear.utterance()
                await socket.send_json(
                    {"type": "transcript", "text": text, "is_final": True}
                )
                await socket.send_json({"type": "flush_done"})
            elif message.data == "done":
                await socket.send_json({"type": "done"})
        return socket


def _times(text: str) -> dict[str, Any]:
    words: list[str] = []
    starts: list[float] = []
    for word in text.split():
        begin = len(" ".join(words))
        words.append(word)
        starts.append(begin * SECS_PER_CHARACTER)
    return {"words": words, "start": starts, "end": starts}


if __name__ == "__main__":
    serving.run(Cartesia(utterances=["What are your opening hours?"]).app())
