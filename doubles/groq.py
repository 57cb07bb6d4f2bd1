"""Groq on a socket: chat as OpenAI's, speech in a tone, recognition by script.

OpenAI's speech and recognition are asked alike, but for raw sound.

Its paths begin with `/openai/v1`, and another key than `key` is refused with 401.
"""

import io
import wave
from dataclasses import dataclass, field

from aiohttp import web

from doubles import serving
from doubles.deepgram import SECS_PER_CHARACTER, tone
from doubles.openai import OpenAI

_RATE = 48_000
_RAW_RATE = 24_000


@dataclass
class Groq:
    """The double; `chat` holds the rules and counts of its language model."""

    key: str = "groq-key"
    chat: OpenAI = field(default_factory=OpenAI)
    utterances: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        base = "/openai/v1"
        app.router.add_post(f"{base}/chat/completions", self.complete)
        app.router.add_post(f"{base}/audio/speech", self.speak)
        app.router.add_post(f"{base}/audio/transcriptions", self.listen)
        return app

    def _refuse_strangers(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise web.HTTPUnauthorized(
                text='{"error": {"message": "Invalid API Key"}}',
                content_type="application/json",
            )

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self._refuse_strangers(request)
        return await self.chat.chat(request)

    async def speak(self, request: web.Request) -> web.Response:
        self._refuse_strangers(request)
        body = await request.json()
        text = body["input"]
        self.spoken.append(text)
        if body["response_format"] == "pcm":
            return web.Response(body=tone(len(text) * SECS_PER_CHARACTER, _RAW_RATE))
        file = io.BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(_RATE)
            wav.writeframes(tone(len(text) * SECS_PER_CHARACTER, _RATE))
        return web.Response(body=file.getvalue(), content_type="audio/wav")

    async def listen(self, request: web.Request) -> web.Response:
        self._refuse_strangers(request)
        await request.post()
        text = self.utterances.pop(0) if self.utterances else ""
        return web.json_response({"text": text})


if __name__ == "__main__":
    serving.run(Groq(utterances=["What are your opening hours?"]).app())
