"""Voice and turn models, loaded once for all calls.

pipecat loads both models again for each call, 30 MB and a fifth of a second of a core
each time, and sends every 20 ms of audio through a thread. Looking for a voice takes a
fifth of a millisecond: going to a thread and back costs more, in every call, fifty
times a second.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from pipecat.audio.turn.smart_turn import local_smart_turn_v3
from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad import silero
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams, VADState

# When the turn model thinks that more is coming and nothing comes.
_UNSURE_PAUSE_SECS = 1.6
# No sample above this, about -55 dB of full scale, for as long as loudness looks back:
# too quiet for the least volume that a voice needs, whatever the model would say.
_INAUDIBLE = 60
_LOUDNESS_WINDOWS = 14
# Below this, about -78 dB, loudness is nil by its own definition.
_SILENT = 4


class _LoadedOnce:
    """onnxruntime, except that a model is loaded once in a process: it has no state."""

    def __init__(self) -> None:
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}
        self._lock = Lock()

    def InferenceSession(
        self, path: Any, **options: Any
    ) -> onnxruntime.InferenceSession:
        with self._lock:
            if str(path) not in self._sessions:
                session = onnxruntime.InferenceSession(path, **options)
                self._sessions[str(path)] = session
            return self._sessions[str(path)]

    def __getattr__(self, name: str) -> Any:
        return getattr(onnxruntime, name)


_turn_threads = ThreadPoolExecutor(2, thread_name_prefix="turn")
_runtime = _LoadedOnce()
vars(silero)["onnxruntime"] = vars(local_smart_turn_v3)["ort"] = _runtime


class VoiceDetector(SileroVADAnalyzer):
    """Silero with the shared model, in the loop, and not asked about silence."""

    def __init__(self, params: VADParams) -> None:
        super().__init__(params=params)
        self._quiet_windows = 0
        self._silent_windows = 0

    async def analyze_audio(self, buffer: bytes) -> VADState:
        return self._run_analyzer(buffer)

    def voice_confidence(self, buffer: bytes) -> float:
        samples = np.frombuffer(buffer, np.int16)
        peak = max(int(samples.max()), -int(samples.min()))
        self._quiet_windows = self._quiet_windows + 1 if peak < _INAUDIBLE else 0
        self._silent_windows = self._silent_windows + 1 if peak < _SILENT else 0
        if self._quiet_windows > _LOUDNESS_WINDOWS:
            return 0.0
        return super().voice_confidence(buffer)

    def _get_smoothed_volume(self, audio: bytes) -> float:
        if self._silent_windows > 2 * _LOUDNESS_WINDOWS:
            self._volume_tracker.update(audio, self.sample_rate)
            return 0.0
        return super()._get_smoothed_volume(audio)


class TurnDetector(LocalSmartTurnAnalyzerV3):
    """Smart turn with the shared model; it runs in a shared thread, once a pause."""

    def __init__(self) -> None:
        super().__init__(params=SmartTurnParams(stop_secs=_UNSURE_PAUSE_SECS))

    @property
    def _model_executor(self) -> ThreadPoolExecutor:
        # One thread for each call would have them all run at once, and slow the loop.
        return _turn_threads
