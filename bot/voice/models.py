"""Voice and turn models, loaded once for all calls.

pipecat loads both models again for each call, 30 MB each time, and sends every
20 ms of audio through a thread. Inference takes a fifth of a millisecond: going to
a thread and back costs more, in every call, fifty times a second.
"""

from typing import Any

from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams, VADState

# The first call's sessions, which later ones take over; they keep no state.
_shared: dict[str, Any] = {}
# When the turn model thinks that more is coming and nothing comes.
_UNSURE_PAUSE_SECS = 1.6


class VoiceDetector(SileroVADAnalyzer):
    """Silero with the shared model, in the loop. Its state is its own."""

    def __init__(self, params: VADParams) -> None:
        super().__init__(params=params)
        self._model.session = _shared.setdefault("voice", self._model.session)

    async def analyze_audio(self, buffer: bytes) -> VADState:
        return self._run_analyzer(buffer)


class TurnDetector(LocalSmartTurnAnalyzerV3):
    """Smart turn with the shared model; it runs in a thread, once a pause."""

    def __init__(self) -> None:
        super().__init__(params=SmartTurnParams(stop_secs=_UNSURE_PAUSE_SECS))
        self._session = _shared.setdefault("turn", self._session)
