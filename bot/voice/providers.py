"""From an agent's engines to pipecat services: one table by kind and name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipecat.pipeline.service_switcher import ServiceSwitcher
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.cartesia.stt import CartesiaSTTService
from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.services.elevenlabs.tts import ElevenLabsTTSService
from pipecat.services.groq.llm import GroqLLMService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.sarvam.tts import SarvamTTSService
from pipecat.transcriptions.language import Language

from bot.call_request import Agent, Engine
from bot.config import Config
from bot.offline.engines import OfflineEngines
from bot.report import Engines, ServedBy
from bot.voice import certificates, offline
from bot.voice.vendors import (
    DeepgramSTT,
    DeepgramTTS,
    ElevenLabsSTT,
    Failover,
    GroqSTT,
    GroqTTS,
    OpenAISTT,
    OpenAITTS,
    SarvamLLM,
    SarvamSTT,
)

certificates.share()

# OpenAI's speech has this rate alone; the transport resamples it.
_OPENAI_TTS_RATE = 24_000
_GROQ_TTS_RATE = 48_000


@dataclass(frozen=True)
class Order:
    """What a service is built from."""

    engine: Engine
    agent: Agent
    config: Config
    prompt: str

    @property
    def connection(self) -> dict[str, Any]:
        """The key, and the base URL where one is set."""
        access = self.config.access(self.engine.provider)
        address = {"base_url": access.base_url} if access.base_url else {}
        return {"api_key": access.api_key, **address}

    @property
    def socket(self) -> dict[str, Any]:
        """The same for a websocket, which wants ws where one base URL serves all."""
        connection = dict(self.connection)
        if "base_url" in connection:
            connection["base_url"] = connection["base_url"].replace("http", "ws", 1)
        return connection

    def socket_url(self, suffix: str = "") -> dict[str, Any]:
        """The same for services that name the whole address `url`."""
        connection = self.socket
        base_url = connection.pop("base_url", "")
        return {**connection, "url": base_url + suffix} if base_url else connection

    def settings(self, service: Any, **more: Any) -> Any:
        """A service's settings with what the agent names; its defaults for the rest."""
        named = {"model": self.engine.model, "voice": self.engine.voice, **more}
        return service.Settings(
            **{k: v for k, v in named.items() if v not in ("", None)}
        )

    @property
    def language(self) -> Language | None:
        try:
            return Language(self.agent.language)
        except ValueError:
            return None


def _llm(service: Any, *, limit_name: str = "max_tokens") -> Callable[[Order], Any]:
    def build(order: Order) -> Any:
        settings = order.settings(
            service,
            system_instruction=order.prompt,
            temperature=order.agent.temperature,
            **{limit_name: order.agent.max_tokens},
        )
        return service(**order.connection, settings=settings)

    return build


def _stt(service: Any) -> Callable[[Order], Any]:
    def build(order: Order) -> Any:
        settings = order.settings(service, language=order.language)
        return service(**order.connection, settings=settings)

    return build


def _deepgram_tts(order: Order) -> Any:
    # Deepgram's voices are models: an agent may name its voice in either place.
    voice = order.engine.voice or order.engine.model
    named: dict[str, Any] = {"voice": voice, "model": voice} if voice else {}
    settings = DeepgramTTS.Settings(**named)
    return DeepgramTTS(**order.socket, settings=settings)


def _openai_tts(order: Order) -> Any:
    settings = order.settings(OpenAITTS)
    return OpenAITTS(
        **order.connection, sample_rate=_OPENAI_TTS_RATE, settings=settings
    )


def _groq_tts(order: Order) -> Any:
    settings = order.settings(GroqTTS)
    return GroqTTS(**order.connection, sample_rate=_GROQ_TTS_RATE, settings=settings)


def _elevenlabs_tts(order: Order) -> Any:
    settings = order.settings(ElevenLabsTTSService)
    return ElevenLabsTTSService(**order.socket_url(), settings=settings)


def _sarvam_tts(order: Order) -> Any:
    address = order.socket_url("/text-to-speech/ws")
    settings = order.settings(SarvamTTSService, language=order.language)
    return SarvamTTSService(**address, settings=settings)


def _cartesia_stt(order: Order) -> Any:
    settings = order.settings(CartesiaSTTService, language=order.language)
    return CartesiaSTTService(**order.socket, settings=settings)


def _cartesia_tts(order: Order) -> Any:
    address = order.socket_url("/tts/websocket")
    settings = order.settings(CartesiaTTSService, language=order.language)
    return CartesiaTTSService(**address, settings=settings)


TABLE: dict[str, dict[str, Callable[[Order], Any]]] = {
    "llm": {
        "openai": _llm(OpenAILLMService, limit_name="max_completion_tokens"),
        "groq": _llm(GroqLLMService),
        "sarvam": _llm(SarvamLLM),
    },
    "stt": {
        "deepgram": _stt(DeepgramSTT),
        "openai": _stt(OpenAISTT),
        "groq": _stt(GroqSTT),
        "elevenlabs": _stt(ElevenLabsSTT),
        "sarvam": _stt(SarvamSTT),
        "cartesia": _cartesia_stt,
    },
    "tts": {
        "deepgram": _deepgram_tts,
        "openai": _openai_tts,
        "groq": _groq_tts,
        "elevenlabs": _elevenlabs_tts,
        "sarvam": _sarvam_tts,
        "cartesia": _cartesia_tts,
    },
}


@dataclass(frozen=True)
class Services:
    """A call's engines: the processors, who they are, and their kind by name."""

    stt: FrameProcessor
    llm: Any
    tts: Any
    engines: Engines
    kinds: dict[str, str]
    spare_tts: ServedBy | None = None


def served_by(kind: str, engine: Engine, config: Config) -> ServedBy:
    """The engine that will serve: offline where the table or the key says so."""
    if engine.provider in TABLE[kind] and config.access(engine.provider).api_key:
        model = engine.model or (engine.voice if kind == "tts" else "")
        return ServedBy(engine.provider, model)
    models = {
        "llm": offline.LLM_MODEL,
        "stt": offline.STT_MODEL,
        "tts": offline.TTS_MODEL,
    }
    return ServedBy("offline", models[kind])


def uses_offline(agent: Agent, config: Config) -> bool:
    """Whether the offline children will be needed."""
    return "offline" in (
        served_by("stt", agent.stt, config).provider,
        served_by("tts", agent.tts, config).provider,
    )


def build(
    agent: Agent, config: Config, engines: OfflineEngines, prompt: str
) -> Services:
    """Make the three services of a call."""
    wanted = {"stt": agent.stt, "llm": agent.llm, "tts": agent.tts}
    served = {kind: served_by(kind, engine, config) for kind, engine in wanted.items()}
    made: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    for kind, engine in wanted.items():
        order = Order(engine, agent, config, prompt)
        made[kind] = _make(kind, served[kind].provider, order, engines)
        kinds[made[kind].name] = kind
        if not served[kind].model:
            # The vendor's default, which is what will be charged.
            settings = made[kind]._settings
            model = str(settings.model or getattr(settings, "voice", "") or "")
            served[kind] = ServedBy(served[kind].provider, model)
    spare_tts = None
    if agent.fallback_tts:
        order = Order(agent.fallback_tts, agent, config, prompt)
        spare_tts = served_by("tts", agent.fallback_tts, config)
        spare = _make("tts", spare_tts.provider, order, engines)
        kinds[spare.name] = "tts"
        made["tts"] = ServiceSwitcher(
            services=[made["tts"], spare], strategy_type=Failover
        )
    return Services(
        made["stt"], made["llm"], made["tts"], Engines(served), kinds, spare_tts
    )


def _make(kind: str, provider: str, order: Order, engines: OfflineEngines) -> Any:
    if provider != "offline":
        return TABLE[kind][provider](order)
    if kind == "stt":
        return offline.OfflineSTT(engines)
    if kind == "llm":
        return offline.OfflineLLM()
    return offline.OfflineTTS(engines, _espeak_voice(order.agent.language))


def _espeak_voice(language: str) -> str:
    # The script is English whatever the agent's language is.
    return "en-us" if language == "en-US" else "en-gb"
