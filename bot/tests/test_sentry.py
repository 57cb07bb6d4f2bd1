"""Errors of a call reach Sentry, and not a word of what was said does."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import cast

import pytest
import pytest_asyncio
import sentry_sdk

from bot.config import Config
from bot.observability import set_up_sentry
from bot.tests.api_double import SECRET, ApiDouble
from bot.tests.bot_process import GREETING, Vendors
from bot.tests.conftest import Say, StartBot
from bot.voice.session import CallSession, run_bot
from doubles.sentry import SentryDouble

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def sentry() -> AsyncIterator[SentryDouble]:
    double = SentryDouble()
    await double.start()
    yield double
    await double.stop()


async def test_a_processors_error_is_an_event_without_the_conversation(
    start_bot: StartBot,
    api: ApiDouble,
    vendors: Vendors,
    say: Say,
    sentry: SentryDouble,
) -> None:
    bot = await start_bot(
        SENTRY_DSN=sentry.dsn, GIT_SHA="abc123", SENTRY_TRACES_SAMPLE_RATE="1"
    )
    vendors.deepgram.utterances = ["My number is 98765 43210."]
    vendors.openai.status = 500

    call = await bot.start_call(prompt="Never mention turmeric.")
    caller = await bot.connect(call)
    await caller.wait_for_line("assistant", GREETING)
    caller.microphone.say(await say("My number is nine eight seven"))
    await caller.wait_for_line("assistant", "Sorry, I had a problem", within=30)
    await caller.hang_up()
    report = await api.wait_for_report(call)
    await bot.stop()

    assert "Sentry initialized for bot" in [line["msg"] for line in bot.log]
    assert "error" in {event["type"] for event in report["metrics"]["events"]}
    error = next(event for event in sentry.events if "exception" in event)
    assert error["exception"]["values"][-1]["type"] == "InternalServerError"
    assert error["tags"]["callId"] == call
    assert error["release"] == "abc123"
    assert error["environment"] == "test"
    assert sentry.traces
    words = ("98765", "turmeric", "clinic", "nine eight", "Asha")
    for secret in (*words, SECRET, "openai-key", "deepgram-key", "/upload"):
        assert secret not in sentry.raw


class FailingCall:
    """A call whose pipeline cannot even be built."""

    call_id = "call-that-fails"
    end_reason = failure_reason = ""
    finished = False

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt

    async def run(self) -> None:
        raise ValueError(self._prompt)

    def finish(self) -> None:
        self.finished = True


@pytest.mark.filterwarnings("ignore:The send_default_pii option is deprecated")
async def test_an_exception_of_run_bot_is_an_event_and_the_call_is_finished(
    sentry: SentryDouble,
) -> None:
    set_up_sentry(Config(sentry_dsn=sentry.dsn))
    # Made here, since an event shows lines of source and this file would be in it.
    prompt = uuid.uuid4().hex
    call = FailingCall(prompt)

    await run_bot(cast(CallSession, call))
    await asyncio.to_thread(sentry_sdk.flush, 5)
    sentry_sdk.init(default_integrations=False, auto_enabling_integrations=False)

    assert call.finished
    assert (call.end_reason, call.failure_reason) == ("error", "bot_error")
    (event,) = sentry.events
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["tags"]["callId"] == "call-that-fails"
    assert prompt not in sentry.raw
