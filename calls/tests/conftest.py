"""A store that checks signatures, for recordings, and a bot that writes, for chats."""

import io
import tempfile
import wave
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from agents.models import Agent
from billing.models import Rate
from calls import bucket, recordings
from calls.stores import S3Store
from doubles.bot import BotDouble
from launcher.s3 import ObjectStore


def stereo(seconds: float, left: int, right: int) -> bytes:
    """A WAV whose channels are square waves of these heights."""
    rate = 8000
    frames = array("h")
    for i in range(int(seconds * rate)):
        sign = 1 if i // 10 % 2 else -1
        frames.extend((sign * left, sign * right))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(frames.tobytes())
    return out.getvalue()


@pytest.fixture
def wav() -> bytes:
    return stereo(2, 16384, 8192)


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3 server, with what it keeps on disk."""
    with tempfile.TemporaryDirectory(prefix="osmtalk-s3-") as folder:
        server = ObjectStore(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def s3(object_store: ObjectStore, settings: Settings) -> Iterator[S3Store]:
    """Recordings are kept in a bucket, which is there."""
    settings.MINIO_ENDPOINT = object_store.url
    settings.MINIO_PUBLIC_ENDPOINT = object_store.url
    settings.MINIO_ACCESS_KEY = object_store.access_key
    settings.MINIO_SECRET_KEY = object_store.secret_key
    recordings.store.cache_clear()
    store = recordings.store()
    assert isinstance(store, S3Store)
    bucket.make_bucket(store)
    yield store
    for stored in store.listing():
        store.delete(stored.key)
    recordings.store.cache_clear()


def says(text: str, prompt: int = 100_000, completion: int = 10_000) -> dict[str, Any]:
    """A bot's reply in writing, with ₹4.00 and ₹1.60 of tokens by ``rates``."""
    llm = {"provider": "openai", "model": "gpt-4.1-mini"}
    tokens = {"promptTokens": prompt, "completionTokens": completion}
    return {"reply": text, "usage": {"llm": llm, **tokens}, "ttfbSecs": 0.5}


@pytest.fixture
def writer(bot: BotDouble) -> BotDouble:
    """The bot, which answers everything that is written to it by one sentence."""
    bot.status, bot.answer = 200, says("Hello! How can I help?")
    return bot


@pytest.fixture
def write(
    api: APIClient, agent: Agent, writer: BotDouble, rates: list[Rate]
) -> Callable[..., Any]:
    """Posts to the agent's chat."""
    url = f"/api/widget/agents/{agent.pk}/chat"
    return lambda **body: api.post(url, body)
