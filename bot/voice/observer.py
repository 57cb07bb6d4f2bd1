"""Watches a call's frames: feeds its log, its recording and the browser.

One observer instead of processors in the pipeline: it costs nothing per frame
and hop, and a frame carries the time at which it was pushed, however late this
gets to see it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pipecat.clocks.system_clock import SystemClock
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallInProgressFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    OutputAudioRawFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport

from bot.clock import CallClock
from bot.recording import Recording
from bot.turns import CallLog
from bot.voice.metrics import MetricsNotes

# A sample above this is heard: about -44 dB of full scale.
_AUDIBLE = 200
# Where a transport knows when a chunk begins to play: a `time.monotonic()` in the
# frame's metadata. Otherwise it is handed on when its last 10 ms begin to play.
BEGINS_AT = "beginsAt"
_LAST_PIECE_SECS = 0.01

Send = Callable[[dict[str, Any]], None]


class CallObserver(BaseObserver):
    """Sees each frame once, when it is first pushed."""

    def __init__(
        self, clock: CallClock, log: CallLog, recording: Recording | None, send: Send
    ) -> None:
        super().__init__(observe_every_push=False)
        self.pipeline_clock = SystemClock()
        self.kinds: dict[str, str] = {}
        self.interrupted = asyncio.Event()
        self.speech_started = asyncio.Event()
        self.speech_stopped = asyncio.Event()
        self.speech_stopped.set()
        self.assistant_since: float | None = None
        self._clock = clock
        self._log = log
        self._recording = recording
        self._send = send
        self._awaits_sound = False
        self._voice_since = 0.0
        self._handlers: dict[type[Frame], Callable[[Any, float], None]] = {
            VADUserStartedSpeakingFrame: self._voice_started,
            VADUserStoppedSpeakingFrame: self._voice_stopped,
            UserStartedSpeakingFrame: self._turn_started,
            UserStoppedSpeakingFrame: self._turn_stopped,
            InterimTranscriptionFrame: self._heard_so_far,
            TranscriptionFrame: self._heard,
            LLMFullResponseStartFrame: self._model_asked,
            LLMTextFrame: self._model_answers,
            FunctionCallInProgressFrame: self._tool_called,
            TTSStartedFrame: self._speech_asked,
            TTSTextFrame: self._says,
            BotStartedSpeakingFrame: self._bot_started,
            BotStoppedSpeakingFrame: self._bot_stopped,
            InterruptionFrame: self._interrupted,
            MetricsFrame: self._metrics,
        }

    async def on_push_frame(self, data: FramePushed) -> None:
        frame = data.frame
        # Frames about speaking are broadcast: the other copy is the same news.
        downstream = data.direction is FrameDirection.DOWNSTREAM
        if not downstream and not isinstance(frame, MetricsFrame):
            return
        if isinstance(frame, InputAudioRawFrame):
            if self._recording and isinstance(data.source, BaseInputTransport):
                self._record_user(frame, self._at(data))
        elif isinstance(frame, OutputAudioRawFrame):
            if isinstance(data.source, BaseOutputTransport):
                self._played(frame, self._at(data))
            elif isinstance(frame, TTSAudioRawFrame):
                self._log.moment("tts_first_byte_at", self._at(data))
        elif handler := self._handlers.get(type(frame)):
            handler(frame, self._at(data))

    def _at(self, data: FramePushed) -> float:
        age_ns = self.pipeline_clock.get_time() - data.timestamp
        return self._clock.at(time.monotonic() - age_ns / 1e9)

    def _record_user(self, frame: InputAudioRawFrame, at: float) -> None:
        if self._recording and self._clock.started:
            secs = len(frame.audio) / 2 / frame.sample_rate
            self._recording.add_user(max(at - secs, 0.0), frame.audio)

    def _played(self, frame: OutputAudioRawFrame, at: float) -> None:
        secs = len(frame.audio) / 2 / frame.sample_rate
        begins_at = frame.metadata.get(BEGINS_AT)
        if begins_at is None:
            start = max(at - secs + _LAST_PIECE_SECS, 0.0)
        else:
            start = self._clock.at(begins_at)
        if self._recording:
            self._recording.add_bot(start, frame.audio)
        if self._awaits_sound:
            loud = (
                np.abs(np.frombuffer(frame.audio, np.int16).astype(np.int32)) > _AUDIBLE
            )
            if loud.any():
                self._awaits_sound = False
                heard_at = start + int(loud.argmax()) / frame.sample_rate
                self._log.bot_audible(heard_at)
                if self.assistant_since is None:
                    self.assistant_since = heard_at

    def _voice_started(self, frame: VADUserStartedSpeakingFrame, _: float) -> None:
        at = self._clock.at_wall(frame.timestamp)
        self._voice_since = max(at - frame.start_secs, 0.0)
        self._log.user_started(self._voice_since, turn_begins=False)

    def _voice_stopped(self, frame: VADUserStoppedSpeakingFrame, _: float) -> None:
        noticed_at = self._clock.at_wall(frame.timestamp)
        self._log.user_stopped(max(noticed_at - frame.stop_secs, 0.0), noticed_at)

    def _turn_started(self, _: Frame, at: float) -> None:
        # A turn that a transcript opens has no voice of its own to date it by.
        recent = at - self._voice_since < 5.0
        self._log.user_started(self._voice_since if recent else at, turn_begins=True)
        self._send({"type": "state", "state": "listening"})

    def _turn_stopped(self, _: Frame, at: float) -> None:
        self._log.turn_ended(at)
        self._send({"type": "state", "state": "thinking"})

    def _heard_so_far(self, frame: InterimTranscriptionFrame, _: float) -> None:
        self._send_line("user", frame.text, final=False)

    def _heard(self, frame: TranscriptionFrame, at: float) -> None:
        self._log.heard(at)
        self._send_line("user", frame.text, final=False)

    def _model_asked(self, _: Frame, at: float) -> None:
        self._log.moment("llm_started_at", at)

    def _model_answers(self, _: Frame, at: float) -> None:
        self._log.moment("llm_first_token_at", at)

    def _tool_called(self, frame: FunctionCallInProgressFrame, at: float) -> None:
        self._log.event("tool", "llm", at, name=frame.function_name)

    def _speech_asked(self, _: Frame, at: float) -> None:
        self._log.moment("tts_started_at", at)

    def _says(self, frame: TTSTextFrame, _: float) -> None:
        self._send_line("assistant", frame.text, final=False)

    def _bot_started(self, _: Frame, at: float) -> None:
        self._log.bot_started(at)
        self._awaits_sound = True
        self.speech_stopped.clear()
        self.speech_started.set()
        self._send({"type": "state", "state": "speaking"})

    def _bot_stopped(self, _: Frame, at: float) -> None:
        self._log.bot_stopped(at)
        self._awaits_sound = False
        self.speech_stopped.set()
        self._send({"type": "state", "state": "listening"})

    def _interrupted(self, _: Frame, at: float) -> None:
        self._log.answer_cancelled()
        self.interrupted.set()

    def _metrics(self, frame: MetricsFrame, at: float) -> None:
        MetricsNotes(self._log, self.kinds, at).note(frame.data)

    def _send_line(self, role: str, text: str, *, final: bool) -> None:
        self._send({"type": "transcript", "role": role, "text": text, "final": final})
