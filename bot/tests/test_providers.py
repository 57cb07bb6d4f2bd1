"""One table from names to services; without a key the offline engine serves."""

from dataclasses import replace
from typing import Any

import pytest

from bot.call_request import Agent, Engine
from bot.config import PROVIDERS, Config, ProviderAccess
from bot.offline.engines import OfflineEngines
from bot.report import ServedBy
from bot.voice.offline import OfflineLLM, OfflineSTT, OfflineTTS
from bot.voice.providers import TABLE, build

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERY = [(kind, name) for kind, names in TABLE.items() for name in names]


def an_agent(kind: str, engine: Engine) -> Agent:
    changes: dict[str, Any] = {kind: engine}
    return replace(Agent(), **changes)


def with_keys() -> Config:
    return Config(providers={name: ProviderAccess("key") for name in PROVIDERS})


@pytest.mark.parametrize(("kind", "provider"), EVERY)
async def test_every_provider_builds(kind: str, provider: str) -> None:
    agent = an_agent(kind, Engine(provider))

    services = build(agent, with_keys(), OfflineEngines(), "Prompt")

    service = getattr(services, kind)
    assert provider in type(service).__name__.lower()
    assert services.kinds[service.name] == kind
    served = services.engines.by_kind[kind]
    # What is charged must have a name, even where the agent leaves it open.
    assert served.provider == provider
    assert served.model


@pytest.mark.parametrize(("kind", "provider"), EVERY)
async def test_without_a_key_the_offline_engine_serves_and_says_so(
    kind: str, provider: str
) -> None:
    agent = an_agent(kind, Engine(provider, "model"))

    services = build(agent, Config(), OfflineEngines(), "Prompt")

    expected = {"llm": OfflineLLM, "stt": OfflineSTT, "tts": OfflineTTS}[kind]
    assert isinstance(getattr(services, kind), expected)
    assert services.engines.by_kind[kind].provider == "offline"


async def test_base_urls_reach_the_services() -> None:
    access = ProviderAccess("key", "http://127.0.0.1:9/v1")
    config = Config(providers={"openai": access})
    agent = Agent(llm=Engine("openai", "gpt-4.1-mini"))

    services = build(agent, config, OfflineEngines(), "Prompt")

    assert str(services.llm._client.base_url) == "http://127.0.0.1:9/v1/"
    assert services.engines.by_kind["llm"] == ServedBy("openai", "gpt-4.1-mini")


async def test_a_second_voice_stands_by() -> None:
    agent = Agent(
        tts=Engine("deepgram", voice="aura-2-helena-en"),
        fallback_tts=Engine("elevenlabs", voice="voice"),
    )

    services = build(agent, with_keys(), OfflineEngines(), "Prompt")

    assert sorted(services.kinds.values()) == ["llm", "stt", "tts", "tts"]
