"""The whole product in one run: servers, web, worker, bot, and scripted vendors."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio

from bot.offline.engines import OfflineEngines
from bot.tests.bot_process import Vendors
from doubles.caller import RATE
from launcher.stack import Stack

Say = Callable[[str], Awaitable[bytes]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vendors() -> AsyncIterator[Vendors]:
    """Deepgram and OpenAI by their protocols, saying what they are told to."""
    both = Vendors()
    await both.start()
    yield both
    await both.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def say() -> AsyncIterator[Say]:
    """Speaks a text in a voice that voice detection takes for a person's."""
    engines = OfflineEngines()

    async def speak(text: str) -> bytes:
        return await engines.speak(text, voice="en-us", rate=RATE)

    yield speak
    await engines.stop()


@pytest.fixture(scope="session")
def stack(
    vendors: Vendors, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """What `make run` gives, with the vendors' doubles instead of offline engines."""
    whole = Stack(tmp_path_factory.mktemp("stack") / "data", **vendors.environ)
    whole.start()
    yield whole
    assert whole.stop(signal.SIGTERM) == 0
