"""The processors of a call, top to bottom."""

from collections.abc import Callable
from dataclasses import dataclass

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import Frame, InputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMAssistantAggregator,
    LLMContextAggregatorPair,
    LLMUserAggregator,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import BaseTransport
from pipecat.turns.user_mute import BaseUserMuteStrategy
from pipecat.turns.user_stop import (
    SpeechTimeoutUserTurnStopStrategy,
    TurnAnalyzerUserTurnStopStrategy,
)
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from bot.call_request import Agent
from bot.recording import SAMPLE_RATE
from bot.voice.models import TurnDetector, VoiceDetector
from bot.voice.observer import CallObserver
from bot.voice.providers import Services

# With `TURN_DETECTION=silence`: what the caller may pause before it is a turn.
_SPEECH_TIMEOUT_SECS = 0.6

END_CALL = FunctionSchema(
    name="end_call",
    description=(
        "Hang up. Use it when the caller says goodbye or has nothing left to ask."
    ),
    properties={
        "farewell": {
            "type": "string",
            "description": "One short sentence to say before hanging up.",
        }
    },
    required=[],
)

_VOICE_RULES = (
    "You are on a voice call: answer in short spoken sentences, without lists or "
    "markup. When the caller is done, call end_call with a short farewell."
)


class MuteWhile(BaseUserMuteStrategy):
    """Ignores the caller while a condition holds, so that a goodbye is whole."""

    def __init__(self, condition: Callable[[], bool]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._condition = condition

    async def process_frame(self, frame: Frame) -> bool:
        await super().process_frame(frame)
        return self._condition()


class HeardByAll(FrameProcessor):
    """Lets the caller's audio go no further than to those who listen to it.

    Each further step would pass on 50 frames a second that it does not want.
    """

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)


@dataclass(frozen=True)
class Listening:
    """What decides when the caller speaks and is done; slow to load."""

    vad: VoiceDetector
    strategies: UserTurnStrategies


@dataclass(frozen=True)
class CallPipeline:
    """A call's worker and the two places where its words come together."""

    worker: PipelineWorker
    user: LLMUserAggregator
    assistant: LLMAssistantAggregator
    context: LLMContext


def load_listening(agent: Agent, turn_detection: str) -> Listening:
    """Load the voice and turn models. Blocks: call it in a thread."""
    vad = VoiceDetector(
        VADParams(
            confidence=agent.vad_confidence,
            start_secs=agent.vad_start_secs,
            stop_secs=agent.vad_stop_secs,
            min_volume=agent.vad_min_volume,
        )
    )
    if turn_detection == "smart":
        stop_smart = TurnAnalyzerUserTurnStopStrategy(turn_analyzer=TurnDetector())
        return Listening(vad, UserTurnStrategies(stop=[stop_smart]))
    stop = SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=_SPEECH_TIMEOUT_SECS)
    return Listening(vad, UserTurnStrategies(stop=[stop]))


def system_prompt(agent: Agent, filled_prompt: str) -> str:
    """What the model is told: the agent's prompt, and that this is a call."""
    language = f"Speak the language {agent.language} unless the caller changes it."
    return "\n\n".join(part for part in (filled_prompt, _VOICE_RULES, language) if part)


def build(
    transport: BaseTransport,
    services: Services,
    listening: Listening,
    observer: CallObserver,
    settings: LLMUserAggregatorParams,
) -> CallPipeline:
    """Put a call together."""
    context = LLMContext(tools=ToolsSchema(standard_tools=[END_CALL]))
    settings.vad_analyzer = listening.vad
    settings.user_turn_strategies = listening.strategies
    pair = LLMContextAggregatorPair(context, user_params=settings)
    worker = PipelineWorker(
        Pipeline(
            [
                transport.input(),
                services.stt,
                pair.user(),
                HeardByAll(),
                services.llm,
                services.tts,
                transport.output(),
                pair.assistant(),
            ]
        ),
        params=PipelineParams(
            audio_in_sample_rate=SAMPLE_RATE,
            audio_out_sample_rate=SAMPLE_RATE,
            enable_metrics=True,
            enable_usage_metrics=True,
            # Zeros that nobody measured would spoil the averages.
            send_initial_empty_metrics=False,
        ),
        observers=[observer],
        clock=observer.pipeline_clock,
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
    )
    return CallPipeline(worker, pair.user(), pair.assistant(), context)
