"""Services of pipecat that need a little more."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
from groq import AsyncGroq, DefaultAsyncHttpxClient
from openai import APIStatusError
from pipecat.frames.frames import ErrorFrame, Frame, VADUserStoppedSpeakingFrame
from pipecat.pipeline.service_switcher import ServiceSwitcherStrategyFailover
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.ai_service import AIService
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.deepgram.tts import DeepgramTTSService
from pipecat.services.elevenlabs.stt import ElevenLabsRealtimeSTTService
from pipecat.services.groq.stt import GroqSTTService
from pipecat.services.groq.tts import GroqTTSService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.services.sarvam.llm import SarvamLLMService
from pipecat.services.sarvam.stt import SarvamSTTService
from pipecat.utils.errors import ErrorCategory
from sarvamai import AsyncSarvamAI
from sarvamai.environment import SarvamAIEnvironment

# Deepgram wants 20 to 250 ms in a message; each costs as much as any other.
_MESSAGE_SECS = 0.06
_GROQ_BASE_URL = "https://api.groq.com/openai/v1"


class Failover(ServiceSwitcherStrategyFailover):
    """Switches too where all streams of a plan are taken.

    pipecat takes that for something to wait out, which a caller in silence does not.
    """

    async def handle_error(self, error: ErrorFrame) -> FrameProcessor | None:
        if error.category is ErrorCategory.RATE_LIMIT:
            await (error.processor or self._active_service).set_usable(False)
        return await super().handle_error(error)


class DeepgramSTT(DeepgramSTTService):
    """Deepgram with a third of the messages. What a caller said last is not held."""

    _held = b""

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        self._held += audio
        if len(self._held) >= _MESSAGE_SECS * self.sample_rate * 2:
            held, self._held = self._held, b""
            async for frame in super().run_stt(held):
                yield frame

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, VADUserStoppedSpeakingFrame) and self._held:
            held, self._held = self._held, b""
            async for _ in super().run_stt(held):
                pass
        await super().process_frame(frame, direction)


class DeepgramTTS(DeepgramTTSService):
    """Deepgram over its websocket, which publishes no characters by itself."""

    async def run_tts(
        self, text: str, context_id: str
    ) -> AsyncGenerator[Frame | None, None]:
        await self.start_tts_usage_metrics(text)
        async for frame in super().run_tts(text, context_id):
            yield frame


class _Explained(AIService):
    """Adds why a request failed to the error of a service that tells a text alone.

    Without it a refused key is an error like any other, and the call goes on mute.
    """

    _why: Exception | None = None

    async def push_error_frame(
        self, error: ErrorFrame, force_treat_as_permanent: bool = False
    ) -> None:
        if error.exception is None:
            error.exception, self._why = self._why, None
        await super().push_error_frame(error, force_treat_as_permanent)


class OpenAISTT(_Explained, OpenAISTTService):
    """OpenAI's recognition by request."""

    async def _transcribe(self, audio: bytes) -> Any:
        try:
            return await super()._transcribe(audio)
        except Exception as error:
            self._why = error
            raise


class OpenAITTS(OpenAITTSService):
    """OpenAI's speech, whose refusals end up as errors of no known kind."""

    async def run_tts(
        self, text: str, context_id: str
    ) -> AsyncGenerator[Frame | None, None]:
        try:
            async for frame in super().run_tts(text, context_id):
                yield frame
        except APIStatusError as error:
            yield ErrorFrame("OpenAI refused to speak", exception=error)


class GroqSTT(_Explained, GroqSTTService):
    """Groq's recognition by request."""

    async def _transcribe(self, audio: bytes) -> Any:
        try:
            return await super()._transcribe(audio)
        except Exception as error:
            self._why = error
            raise


class GroqTTS(_Explained, GroqTTSService):
    """Groq's speech, which publishes no characters by itself either.

    Args:
        base_url: as Groq's other services take it, with `/openai/v1`; its own client
            adds that by itself, and would read GROQ_BASE_URL without it.
    """

    def __init__(
        self, *, api_key: str, base_url: str = _GROQ_BASE_URL, **named: Any
    ) -> None:
        super().__init__(api_key=api_key, **named)
        self._client = AsyncGroq(
            api_key=api_key,
            base_url=base_url.removesuffix("/openai/v1"),
            http_client=DefaultAsyncHttpxClient(event_hooks={"response": [self._note]}),
        )

    async def run_tts(
        self, text: str, context_id: str
    ) -> AsyncGenerator[Frame | None, None]:
        await self.start_tts_usage_metrics(text)
        async for frame in super().run_tts(text, context_id):
            yield frame

    async def _note(self, response: httpx.Response) -> None:
        if response.is_error:
            self._why = httpx.HTTPStatusError(
                "refused", request=response.request, response=response
            )


class ElevenLabsSTT(ElevenLabsRealtimeSTTService):
    """ElevenLabs' recognition, in the clear where its base URL says so.

    The service takes a host alone, and always adds wss.
    """

    def __init__(self, *, base_url: str = "", **named: Any) -> None:
        if base_url:
            named["base_url"] = base_url.split("//")[-1]
        super().__init__(**named)
        self._in_the_clear = base_url.startswith(("http:", "ws:"))

    async def _websocket_connect(self, uri: str, **named: Any) -> Any:
        if self._in_the_clear:
            uri = uri.replace("wss:", "ws:", 1)
        return await super()._websocket_connect(uri, **named)


class SarvamLLM(SarvamLLMService):
    """Sarvam's model at another address, which here has no version at its end."""

    def __init__(self, *, base_url: str = "", **named: Any) -> None:
        if base_url:
            self._DEFAULT_BASE_URL = base_url
        super().__init__(**named)


class SarvamSTT(SarvamSTTService):
    """Sarvam's recognition at another address, which the service does not take."""

    def __init__(self, *, api_key: str, base_url: str = "", **named: Any) -> None:
        super().__init__(api_key=api_key, **named)
        if base_url:
            socket = base_url.replace("http", "ws", 1)
            self._sarvam_client = AsyncSarvamAI(
                api_subscription_key=api_key,
                headers=self._sdk_headers,
                environment=SarvamAIEnvironment(base=base_url, production=socket),
            )
