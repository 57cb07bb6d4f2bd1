"""The cast: an api, scripted vendors, voices and a running bot."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from bot.offline.engines import OfflineEngines
from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import BotProcess, Vendors
from doubles.caller import RATE

Say = Callable[[str], Awaitable[bytes]]
StartBot = Callable[..., Awaitable[BotProcess]]


@pytest_asyncio.fixture(loop_scope="session")
async def api() -> AsyncIterator[ApiDouble]:
    double = ApiDouble()
    await double.start()
    yield double
    await double.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_api() -> AsyncIterator[ApiDouble]:
    double = ApiDouble()
    await double.start()
    yield double
    await double.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vendors() -> AsyncIterator[Vendors]:
    both = Vendors()
    await both.start()
    yield both
    await both.stop()


@pytest.fixture(autouse=True)
def unscripted(request: pytest.FixtureRequest) -> None:
    """Each test writes its own script."""
    if "vendors" in request.fixturenames:
        vendors: Vendors = request.getfixturevalue("vendors")
        vendors.reset()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def say() -> AsyncIterator[Say]:
    """A voice that the bot's voice detection takes for a person's."""
    engines = OfflineEngines()

    async def speak(text: str) -> bytes:
        return await engines.speak(text, voice="en-us", rate=RATE)

    yield speak
    await engines.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bot(
    shared_api: ApiDouble, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BotProcess]:
    """A bot for the tests that leave it as they found it."""
    process = BotProcess(
        shared_api,
        tmp_path_factory.mktemp("spool"),
        CONNECT_TIMEOUT_SECS="3",
        **vendors.environ,
    )
    await process.start()
    yield process
    assert await process.stop() == 0


@pytest_asyncio.fixture(loop_scope="session")
async def start_bot(
    api: ApiDouble, vendors: Vendors, tmp_path: Path
) -> AsyncIterator[StartBot]:
    """Starts bots of a test's own, on one spool."""
    started: list[BotProcess] = []

    async def start(**environ: str) -> BotProcess:
        process = BotProcess(api, tmp_path / "spool", **{**vendors.environ, **environ})
        started.append(process)
        await process.start()
        return process

    yield start
    for process in started:
        await process.stop()
