"""Services of pipecat that need a little more."""

from collections.abc import AsyncGenerator

from pipecat.frames.frames import Frame, VADUserStoppedSpeakingFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.deepgram.tts import DeepgramTTSService
from pipecat.services.groq.tts import GroqTTSService

# Deepgram wants 20 to 250 ms in a message; each costs as much as any other.
_MESSAGE_SECS = 0.06


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


class GroqTTS(GroqTTSService):
    """Groq's speech, which publishes no characters by itself either."""

    async def run_tts(
        self, text: str, context_id: str
    ) -> AsyncGenerator[Frame | None, None]:
        await self.start_tts_usage_metrics(text)
        async for frame in super().run_tts(text, context_id):
            yield frame
