"""The whole product in one run: servers, web, worker, bot, and scripted vendors."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from bot.offline.engines import OfflineEngines
from bot.tests.bot_process import Vendors
from doubles import meta as meta_double
from doubles import plivo as plivo_double
from doubles import serving
from doubles.caller import RATE
from doubles.meta import Meta
from doubles.phone_line import Urls
from doubles.plivo import Plivo
from launcher.stack import Stack
from tests.browsing import chromium, complaints, logged_in, open_page
from tests.telephone import Program

__all__ = ["chromium", "complaints", "logged_in", "open_page"]

Say = Callable[[str], Awaitable[bytes]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vendors() -> AsyncIterator[Vendors]:
    """Deepgram and OpenAI by their protocols, saying what they are told to."""
    both = Vendors()
    await both.start()
    yield both
    await both.stop()


@dataclass
class Carriers:
    """Those who bring calls, as doubles, and how the api reaches them."""

    plivo: Plivo
    meta: Meta
    environ: dict[str, str]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def carriers() -> AsyncIterator[Carriers]:
    """Plivo and Meta, on sockets."""
    plivo, meta = Plivo(), Meta()
    runner, port = await serving.start(plivo.app())
    graph, graph_port = await serving.start(meta.app())
    environ = {
        "PLIVO_AUTH_ID": plivo_double.AUTH_ID,
        "PLIVO_AUTH_TOKEN": plivo_double.AUTH_TOKEN,
        "PLIVO_BASE_URL": f"http://127.0.0.1:{port}",
        "WHATSAPP_TOKEN": meta_double.TOKEN,
        "WHATSAPP_APP_SECRET": meta_double.APP_SECRET,
        "WHATSAPP_VERIFY_TOKEN": meta_double.VERIFY_TOKEN,
        "WHATSAPP_BASE_URL": f"http://127.0.0.1:{graph_port}",
    }
    yield Carriers(plivo, meta, environ)
    await runner.cleanup()
    await graph.cleanup()


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
    vendors: Vendors, carriers: Carriers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """What `make run` gives, with the vendors' doubles instead of offline engines, and
    carriers."""
    environ = vendors.environ | carriers.environ
    whole = Stack(tmp_path_factory.mktemp("stack") / "data", **environ)
    whole.start()
    url = whole.demo["url"]
    carriers.plivo.application = Urls(
        f"{url}/api/plivo/answer", f"{url}/api/plivo/hangup"
    )
    carriers.meta.webhook = f"{url}/api/whatsapp/webhook"
    yield whole
    assert whole.stop(signal.SIGTERM) == 0


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def program(stack: Stack) -> AsyncIterator[Program]:
    """A program of the demo's organization."""
    ours = Program(stack)
    yield ours
    await ours.api.aclose()
