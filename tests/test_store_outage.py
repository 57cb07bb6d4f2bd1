"""The store is away for a whole call and longer: the call is ended, charged and kept,
and its recording arrives once the store is back."""

import asyncio
import io
import signal
import wave
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.tests.bot_process import Vendors
from launcher.s3 import ObjectStore
from launcher.stack import Stack
from tests.conftest import Say
from tests.fleet import until
from tests.web_call import web_call

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

QUESTION, ANSWER = "When do you open?", "We open at nine."
DEADLINE_SECS = 60


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """A store that checks signatures."""
    store = ObjectStore(tmp_path_factory.mktemp("s3"))
    store.start()
    yield store
    store.stop()


@pytest.fixture(scope="module")
def home(
    store: ObjectStore, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Everything, with its recordings in that store."""
    home = Stack(
        tmp_path_factory.mktemp("outage") / "data",
        MINIO_ENDPOINT=store.url,
        MINIO_ACCESS_KEY=store.access_key,
        MINIO_SECRET_KEY=store.secret_key,
        RETRY_MAX_SECS="2",
        **vendors.environ,
    )
    home.start()
    yield home
    assert home.stop(signal.SIGTERM) == 0


@dataclass
class Client:
    """A program that uses the api."""

    http: httpx.AsyncClient
    agent: str

    async def call(self, say: Say) -> str:
        """A call in which something is asked and answered; its id."""
        call_id, caller = await web_call(self.http, self.agent)
        await caller.wait_for_line("assistant", "help you?", DEADLINE_SECS)
        caller.microphone.say(await say(QUESTION))
        await caller.wait_for_line("assistant", ANSWER, DEADLINE_SECS)
        await caller.hang_up()
        return call_id

    async def until(
        self, call_id: str, fits: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_SECS):
            while True:
                details: dict[str, Any] = (
                    await self.http.get(f"/api/calls/{call_id}")
                ).json()
                if fits(details):
                    return details
                await asyncio.sleep(0.2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(home: Stack) -> AsyncIterator[Client]:
    demo = home.demo
    key = {"x-api-key": demo["apiKey"]}
    async with httpx.AsyncClient(base_url=demo["url"], headers=key, timeout=20) as http:
        yield Client(http, demo["agentId"])


def loudest(recording: bytes) -> list[int]:
    """Of each side: the caller's, the agent's."""
    with wave.open(io.BytesIO(recording)) as file:
        both = array("h", file.readframes(file.getnframes()))
    return [max(abs(sample) for sample in both[side::2]) for side in (0, 1)]


async def test_a_recording_waits_for_a_store_that_is_away_for_the_whole_call(
    client: Client, home: Stack, store: ObjectStore, vendors: Vendors, say: Say
) -> None:
    vendors.reset()
    vendors.deepgram.utterances = [QUESTION]
    vendors.openai.rules = [{"when": QUESTION, "say": ANSWER}]
    spool = home.data / "spool"
    await asyncio.to_thread(store.stop)

    call = await client.call(say)
    without = await client.until(call, lambda call: call["status"] != "active")
    kept = [path.name for path in spool.rglob("*.wav")]
    await asyncio.to_thread(store.start)
    details = await client.until(call, lambda call: bool(call["recordingUrl"]))

    assert (without["status"], without["billingStatus"]) == ("completed", "charged")
    assert [line["text"] for line in without["transcript"]][1:] == [QUESTION, ANSWER]
    assert without["recordingUrl"] is None
    assert kept == ["audio.wav"]
    assert details["costTotal"] == without["costTotal"]
    assert details["transcript"] == without["transcript"]
    # From the store itself, by a link that it has checked.
    assert details["recordingUrl"].startswith(store.url)
    recording = await client.http.get(
        details["recordingUrl"], headers={"x-api-key": ""}
    )
    assert recording.status_code == 200
    assert min(loudest(recording.content)) > 1000

    async def is_empty() -> bool:
        return not list(spool.rglob("*.wav"))

    await until("the spool is empty", is_empty)
