"""ElevenLabs on a socket: speech by context in a tone, recognition by script.

`/v1/text-to-speech/{voice}/multi-stream-input` answers each text with a tone and
the time of each character, and closing a context with `isFinal`.
`/v1/speech-to-text/realtime` answers each commit with the next utterance.
Another key than `key` is refused with 401.
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
class ElevenLabs:
    """The double: what it was asked to say, and what it will have heard."""

    key: str = "elevenlabs-key"
    utterances: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/text-to-speech/{voice}/multi-stream-input", self.speak)
        app.router.add_get("/v1/speech-to-text/realtime", self.listen)
        return app

    def _refuse_strangers(self, request: web.Request) -> None:
        if request.headers.get("xi-api-key") != self.key:
            raise web.HTTPUnauthorized

    async def speak(self, request: web.Request) -> web.WebSocketResponse:
        self._refuse_strangers(request)
        rate = int(request.query["output_format"].removeprefix("pcm_"))
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await self._command(socket, json.loads(message.data), rate)
        return socket

    async def _command(
        self, socket: web.WebSocketResponse, command: dict[str, Any], rate: int
    ) -> None:
        context, text = command.get("context_id"), command.get("text", "")
        if command.get("close_socket"):
            await socket.close()
        elif command.get("close_context"):
            await socket.send_json({"isFinal": True, "contextId": context})
        elif text.strip():
            self.spoken.append(text)
            await socket.send_json(_speech(text, context, rate))

    async def listen(self, request: web.Request) -> web.WebSocketResponse:
        self._refuse_strangers(request)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.send_json({"message_type": "session_started", "session_id": "1"})
        ear = Ear(self.utterances)
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            chunk = json.loads(message.data)
            ear.take(base64.b64decode(chunk["audio_base_64"]))
            if chunk["commit"]:
                await socket.send_json(
                    {"message_type": "committed_transcript", "text": ear.utterance()}
                )
        return socket


def _speech(text: str, context: str | None, rate: int) -> dict[str, Any]:
    step = round(SECS_PER_CHARACTER * 1000)
    alignment = {
        "chars": list(text),
        "charStartTimesMs": [step * index for index in range(len(text))],
        "charDurationsMs": [step] * len(text),
    }
    sound = tone(len(text) * SECS_PER_CHARACTER, rate)
    return {
        "audio": base64.b64encode(sound).decode(),
        "contextId": context,
        "alignment": alignment,
        "normalizedAlignment": alignment,
    }


if __name__ == "__main__":
    serving.run(ElevenLabs(utterances=["What are your opening hours?"]).app())
