"""With no key and no network there is still a conversation."""

from pathlib import Path

import pytest

from bot.offline.engines import OfflineEngines
from bot.offline.script import answer
from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import BotProcess
from bot.tests.conftest import Say

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_caller_talks_to_the_demo_agent(
    api: ApiDouble, say: Say, tmp_path: Path
) -> None:
    bot = BotProcess(api, tmp_path / "spool", TURN_DETECTION="smart")
    await bot.start()
    call = await bot.start_call(greeting="Hello! This is the demo agent.")
    caller = await bot.connect(call)
    await caller.wait_for_line("assistant", "demo agent")
    caller.microphone.say(await say("What are your opening hours?"))
    await caller.wait_for_line("assistant", "nine to six")
    caller.microphone.say(await say("Goodbye"))
    report = await api.wait_for_report(call)
    await caller.hang_up()
    code = await bot.stop()

    assert code == 0
    assert report["endReason"] == "agent_hangup"
    assert report["transcript"][1]["text"] == "what are your opening hours"
    assert report["transcript"][-1]["text"] == "Thank you for calling. Goodbye!"
    assert report["usage"]["llm"] == {"provider": "offline", "model": "scripted"}
    assert report["usage"]["stt"] == {"provider": "offline", "model": "pocketsphinx"}
    assert report["usage"]["tts"] == {"provider": "offline", "model": "espeak-ng"}
    metrics = report["metrics"]
    for name in ("avgLatency", "avgLlmTtfb", "avgTtsTtfb", "avgSttTtfb"):
        assert metrics[name] > 0
    assert metrics["totalTtsCharacters"] > 0
    assert report["usage"]["sttSeconds"] > 0
    assert call in api.recordings


@pytest.mark.parametrize(
    "sentence",
    [
        "what are your opening hours",
        "when do you open",
        "i would like to book an appointment",
        "tomorrow please",
        "thank you",
        "yes please",
        "what can you do",
    ],
)
async def test_the_demos_sentences_are_understood(sentence: str) -> None:
    engines = OfflineEngines()
    pcm = await engines.speak(sentence, voice="en-us", rate=16_000)

    heard = await engines.listen(bytes(6400) + pcm + bytes(6400))
    await engines.stop()

    assert heard == sentence


async def test_a_child_that_dies_is_replaced() -> None:
    engines = OfflineEngines()
    await engines.speak("One", voice="en-us", rate=16_000)
    process = engines._speak[0]._process
    assert process
    process.kill()
    await process.wait()

    pcm = await engines.speak("Two", voice="en-us", rate=16_000)
    await engines.stop()

    assert len(pcm) > 3200


async def test_silence_is_not_a_sentence() -> None:
    engines = OfflineEngines()

    heard = await engines.listen(bytes(32_000))
    await engines.stop()

    assert heard == ""


@pytest.mark.parametrize(
    ("heard", "part", "ends"),
    [
        ("what are your opening hours", "nine to six", False),
        ("how much does it cost", "five hundred", False),
        ("i want to book a visit", "Which day", False),
        ("book a visit for tomorrow", "booked for tomorrow", False),
        ("goodbye", "Goodbye", True),
        ("I don't know the weather", "I understood", False),
        ("no thanks", "welcome", False),
        ("", "did not catch", False),
    ],
)
async def test_the_script_answers(heard: str, part: str, ends: bool) -> None:
    said = answer(heard)

    assert part in said.text
    assert said.ends_call is ends
