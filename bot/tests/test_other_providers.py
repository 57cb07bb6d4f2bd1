"""The less usual vendors, each in a whole call over its own protocol."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import GREETING, BotProcess, Vendors
from bot.tests.conftest import Say
from doubles import serving
from doubles.caller import Caller
from doubles.cartesia import Cartesia
from doubles.deepgram import SECS_PER_CHARACTER
from doubles.elevenlabs import ElevenLabs
from doubles.groq import Groq
from doubles.openai import OpenAI
from doubles.sarvam import Sarvam

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "What are your opening hours?"
ANSWER = "We open at nine."


@dataclass
class Others:
    """The doubles by name, and how a bot reaches them."""

    by_name: dict[str, Any] = field(
        default_factory=lambda: {
            "groq": Groq(),
            "openai": Groq(key="openai-key"),
            "elevenlabs": ElevenLabs(),
            "cartesia": Cartesia(),
            "sarvam": Sarvam(),
        }
    )
    environ: dict[str, str] = field(default_factory=dict)
    _runners: list[web.AppRunner] = field(default_factory=list)

    async def start(self) -> None:
        for name, double in self.by_name.items():
            runner, port = await serving.start(double.app())
            self._runners.append(runner)
            path = "/openai/v1" if isinstance(double, Groq) else ""
            self.environ[f"{name.upper()}_API_KEY"] = f"{name}-key"
            self.environ[f"{name.upper()}_BASE_URL"] = f"http://127.0.0.1:{port}{path}"

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def others() -> AsyncIterator[Others]:
    every = Others()
    await every.start()
    yield every
    await every.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def the_bot(
    shared_api: ApiDouble,
    vendors: Vendors,
    others: Others,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[BotProcess]:
    spool = tmp_path_factory.mktemp("spool")
    environ = {**vendors.environ, **others.environ}
    process = BotProcess(shared_api, spool, **environ)
    await process.start()
    yield process
    assert await process.stop() == 0


@dataclass
class Stage:
    """A bot that reaches every vendor, and the api it reports to."""

    bot: BotProcess
    api: ApiDouble
    vendors: Vendors
    others: dict[str, Any]

    async def report(self, call_id: str, caller: Caller) -> dict[str, Any]:
        report = await self.api.wait_for_report(call_id)
        await caller.hang_up()
        return report


@pytest.fixture
def stage(
    the_bot: BotProcess, shared_api: ApiDouble, vendors: Vendors, others: Others
) -> Stage:
    for name, double in others.by_name.items():
        double.key = f"{name}-key"
        double.spoken.clear()
        double.utterances.clear()
    return Stage(the_bot, shared_api, vendors, others.by_name)


def speaking(provider: str) -> dict[str, Any]:
    return {"ttsProvider": provider, "ttsModel": "", "ttsVoice": "alloy"}


EVERY = ("elevenlabs", "cartesia", "sarvam", "groq", "openai")
MINDS = ("groq", "sarvam")


@pytest.mark.parametrize("provider", EVERY)
async def test_a_voice_is_heard_counted_and_timed(stage: Stage, provider: str) -> None:
    call_id = await stage.bot.start_call(**speaking(provider))
    caller = await stage.bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    await caller.wait_for_message(lambda m: m.get("state") == "listening")
    await caller.hang_up()
    report = await stage.report(call_id, caller)

    assert report["status"] == "completed"
    assert [line["text"] for line in report["transcript"]] == [GREETING]
    heard_secs = len(GREETING) * SECS_PER_CHARACTER
    assert caller.sound_secs() == pytest.approx(heard_secs, abs=0.4)
    assert stage.others[provider].spoken == [GREETING]
    assert report["metrics"]["totalTtsCharacters"] == len(GREETING)
    assert report["metrics"]["avgTtsTtfb"] > 0
    assert report["usage"]["tts"]["provider"] == provider
    assert report["usage"]["tts"]["model"]


@pytest.mark.parametrize("provider", EVERY)
async def test_a_voice_that_refuses_the_key_fails_the_call(
    stage: Stage, provider: str
) -> None:
    stage.others[provider].key = "another key"

    call_id = await stage.bot.start_call(**speaking(provider))
    caller = await stage.bot.connect(call_id)
    report = await stage.report(call_id, caller)

    assert (report["status"], report["endReason"]) == ("failed", "error")
    assert report["failureReason"] == "tts_error"


@pytest.mark.parametrize("provider", EVERY)
async def test_an_ear_hears_the_caller(stage: Stage, provider: str, say: Say) -> None:
    stage.others[provider].utterances.append(QUESTION)
    stage.others["openai"].chat.rules = [{"when": QUESTION, "say": ANSWER}]

    call_id = await stage.bot.start_call(sttProvider=provider, sttModel="")
    caller = await stage.bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    caller.microphone.say(await say(QUESTION))
    await caller.wait_for_line("assistant", ANSWER)
    await caller.hang_up()
    report = await stage.report(call_id, caller)

    lines = [(line["role"], line["text"]) for line in report["transcript"]]
    assert lines[1:] == [("user", QUESTION), ("assistant", ANSWER)]
    assert report["metrics"]["avgSttTtfb"] > 0
    assert report["usage"]["sttSeconds"] > 0
    assert report["usage"]["stt"]["provider"] == provider


@pytest.mark.parametrize("provider", EVERY)
async def test_an_ear_that_refuses_the_key_fails_the_call(
    stage: Stage, provider: str, say: Say
) -> None:
    stage.others[provider].key = "another key"

    call_id = await stage.bot.start_call(sttProvider=provider, sttModel="")
    caller = await stage.bot.connect(call_id)
    caller.microphone.say(await say(QUESTION))
    told = await caller.wait_for_message(lambda m: m.get("state") == "ended")
    report = await stage.report(call_id, caller)

    assert told["reason"] == "error"

    assert (report["status"], report["endReason"]) == ("failed", "error")
    assert report["failureReason"] == "stt_error"


@pytest.mark.parametrize("provider", MINDS)
async def test_a_mind_answers(stage: Stage, provider: str, say: Say) -> None:
    chat: OpenAI = stage.others[provider].chat
    stage.vendors.deepgram.utterances = [QUESTION]
    chat.rules = [{"when": QUESTION, "say": ANSWER}]

    call_id = await stage.bot.start_call(llmProvider=provider, llmModel="")
    caller = await stage.bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    caller.microphone.say(await say(QUESTION))
    await caller.wait_for_line("assistant", ANSWER)
    await caller.hang_up()
    report = await stage.report(call_id, caller)

    metrics = report["metrics"]
    counted = (metrics["totalPromptTokens"], metrics["totalCompletionTokens"])
    assert counted == (chat.prompt_tokens, chat.completion_tokens)
    assert metrics["avgLlmTtfb"] > 0
    assert chat.requests[0]["max_tokens"] == 200
    assert report["usage"]["llm"]["provider"] == provider


@pytest.mark.parametrize("provider", MINDS)
async def test_a_mind_that_refuses_the_key_fails_the_call(
    stage: Stage, provider: str, say: Say
) -> None:
    stage.others[provider].key = "another key"
    stage.vendors.deepgram.utterances = [QUESTION]

    call_id = await stage.bot.start_call(llmProvider=provider, llmModel="")
    caller = await stage.bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    caller.microphone.say(await say(QUESTION))
    report = await stage.report(call_id, caller)

    assert (report["status"], report["endReason"]) == ("failed", "error")
    assert report["failureReason"] == "llm_error"
