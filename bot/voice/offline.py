"""The offline engines as pipecat services."""

from collections.abc import AsyncGenerator
from typing import Any

from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.metrics.metrics import LLMTokenUsage
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

from bot.offline import script
from bot.offline.engines import EngineFailed, OfflineEngines

STT_MODEL = "pocketsphinx"
TTS_MODEL = "espeak-ng"
LLM_MODEL = "scripted"
_CHUNK_SECS = 0.1


class OfflineSTT(SegmentedSTTService):
    """Recognises whole utterances in a child process."""

    def __init__(self, engines: OfflineEngines) -> None:
        super().__init__(
            settings=STTSettings(model=STT_MODEL, language="en"), ttfs_p99_latency=0.3
        )
        self._engines = engines

    @property
    def wants_wav_segments(self) -> bool:
        return False

    def can_generate_metrics(self) -> bool:
        return True

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame, None]:
        await self.start_processing_metrics()
        try:
            text = await self._engines.listen(audio)
        except EngineFailed as error:
            yield ErrorFrame("offline recognition failed", exception=error)
            return
        await self.stop_processing_metrics()
        if text:
            yield TranscriptionFrame(text, self._user_id, time_now_iso8601())


class OfflineTTS(TTSService):
    """Speaks in a child process."""

    def __init__(self, engines: OfflineEngines, voice: str) -> None:
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=TTS_MODEL, voice=voice, language=None),
        )
        self._engines = engines
        self._voice = voice

    def can_generate_metrics(self) -> bool:
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        await self.start_tts_usage_metrics(text)
        try:
            pcm = await self._engines.speak(
                text, voice=self._voice, rate=self.sample_rate
            )
        except EngineFailed as error:
            yield ErrorFrame("offline speech failed", exception=error)
            return
        await self.stop_ttfb_metrics()
        step = round(self.sample_rate * _CHUNK_SECS) * 2
        for start in range(0, len(pcm), step):
            yield TTSAudioRawFrame(
                pcm[start : start + step], self.sample_rate, 1, context_id=context_id
            )


class OfflineLLM(LLMService[Any]):
    """Answers from the demo's script, and hangs up after a goodbye."""

    def __init__(self) -> None:
        super().__init__(
            settings=LLMSettings(
                model=LLM_MODEL,
                system_instruction=None,
                temperature=None,
                max_tokens=None,
                top_p=None,
                top_k=None,
                frequency_penalty=None,
                presence_penalty=None,
                seed=None,
                filter_incomplete_user_turns=False,
                user_turn_completion_config=None,
            )
        )
        self._calls_made = 0

    def can_generate_metrics(self) -> bool:
        return True

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        await self.start_processing_metrics()
        try:
            await self._answer(frame)
        finally:
            await self.stop_processing_metrics()
            await self.push_frame(LLMFullResponseEndFrame())

    async def _answer(self, frame: LLMContextFrame) -> None:
        await self.start_ttfb_metrics()
        messages: list[Any] = frame.context.get_messages()
        heard = script.last_heard(messages)
        answer = script.answer(heard)
        await self.stop_ttfb_metrics()
        prompt_tokens, completion_tokens = len(heard.split()), len(answer.text.split())
        await self.start_llm_usage_metrics(
            LLMTokenUsage(
                prompt_tokens=prompt_tokens,
                completion_tokens=completion_tokens,
                total_tokens=prompt_tokens + completion_tokens,
            )
        )
        if not answer.ends_call:
            await self._push_llm_text(answer.text)
            return
        self._calls_made += 1
        call = FunctionCallFromLLM(
            context=frame.context,
            tool_call_id=f"offline-{self._calls_made}",
            function_name="end_call",
            arguments={"farewell": answer.text},
        )
        await self.run_function_calls([call])
