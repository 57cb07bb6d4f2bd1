"""A caller asks, the agent answers: transcript, metrics and recording are exact."""

from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import GREETING, BotProcess, Vendors
from bot.tests.conftest import Say
from bot.tests.hearing import channels, mono, onsets, spread
from doubles.caller import RATE, Caller
from doubles.openai import CACHED_TOKENS

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTIONS = [
    "What are your opening hours?",
    "How much does it cost?",
    "Thank you very much.",
]
ANSWERS = ["We open at nine.", "It costs five hundred rupees.", "You are welcome."]
MAX_DRIFT_SECS = 0.05


@dataclass
class EndedCall:
    """A call with three questions and answers, and what everyone noticed of it."""

    call_id: str
    report: dict[str, Any]
    recording: bytes
    asked_at: list[float]
    caller: Caller
    spoken_characters: int
    listened_secs: float
    tokens: tuple[int, int]

    @property
    def metrics(self) -> dict[str, Any]:
        metrics: dict[str, Any] = self.report["metrics"]
        return metrics


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def call(
    bot: BotProcess, shared_api: ApiDouble, vendors: Vendors, say: Say
) -> EndedCall:
    vendors.reset()
    vendors.deepgram.utterances = QUESTIONS
    vendors.openai.rules = [
        {"when": question, "say": answer}
        for question, answer in zip(QUESTIONS, ANSWERS, strict=True)
    ]
    call_id = await bot.start_call()
    caller = await bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    asked_at = []
    for question, answer in zip(QUESTIONS, ANSWERS, strict=True):
        voice = await say(question)
        caller.microphone.say(voice)
        asked_at.append(caller.microphone.spoken_at[-1] + onsets(mono(voice), RATE)[0])
        await caller.wait_for_line("assistant", answer)
    await caller.hang_up()
    return EndedCall(
        call_id=call_id,
        report=await shared_api.wait_for_report(call_id),
        recording=shared_api.recordings[call_id],
        asked_at=asked_at,
        caller=caller,
        spoken_characters=sum(map(len, vendors.deepgram.spoken)),
        listened_secs=vendors.deepgram.listened_secs,
        tokens=(vendors.openai.prompt_tokens, vendors.openai.completion_tokens),
    )


async def test_the_transcript_is_exact(call: EndedCall) -> None:
    report = call.report

    assert report["status"] == "completed"
    assert report["endReason"] == "caller_hangup"
    lines = [(line["role"], line["text"]) for line in report["transcript"]]
    exchange = zip(QUESTIONS, ANSWERS, strict=True)
    assert lines == [
        ("assistant", GREETING),
        *(line for q, a in exchange for line in (("user", q), ("assistant", a))),
    ]
    times = [(line["at"], line["until"]) for line in report["transcript"]]
    assert all(at < until for at, until in times)
    assert times == sorted(times)


async def test_what_is_charged_is_what_the_vendors_counted(call: EndedCall) -> None:
    metrics, usage = call.metrics, call.report["usage"]

    counted = (metrics["totalPromptTokens"], metrics["totalCompletionTokens"])
    assert counted == call.tokens
    assert metrics["totalCachedTokens"] == 3 * CACHED_TOKENS
    assert metrics["totalTtsCharacters"] == call.spoken_characters
    assert usage["sttSeconds"] == pytest.approx(call.listened_secs, abs=0.1)
    assert usage["stt"] == {"provider": "deepgram", "model": "nova-3"}
    assert usage["llm"] == {"provider": "openai", "model": "gpt-4.1-mini"}
    assert usage["tts"] == {"provider": "deepgram", "model": "aura-2-helena-en"}


async def test_every_metric_is_measured(call: EndedCall) -> None:
    metrics = call.metrics

    assert metrics["turns"] == 3
    assert metrics["interruptions"] == 0
    for name in ("avgLatency", "avgLlmTtfb", "avgTtsTtfb", "avgSttTtfb"):
        assert metrics[name] > 0
    kinds = {event["type"] for event in metrics["events"]}
    assert kinds >= {"ttfb", "usage", "processing", "turn"}
    for event in metrics["events"]:
        assert {"type", "service", "at", "turn"} <= set(event)


async def test_the_latency_is_what_the_recording_shows(call: EndedCall) -> None:
    _, agent, rate = channels(call.recording)
    heard = onsets(agent, rate)[1:]
    turns = call.metrics["breakdown"][1:]

    assert heard == pytest.approx(
        [turn["botAudibleAt"] for turn in turns], abs=MAX_DRIFT_SECS
    )
    waits = [
        start - turn["userStoppedAt"] for start, turn in zip(heard, turns, strict=True)
    ]
    average = sum(waits) / len(waits)
    assert call.metrics["avgLatency"] == pytest.approx(average, abs=MAX_DRIFT_SECS)
    for turn in turns:
        stages = sum(stage["secs"] for stage in turn["stages"])
        assert stages == pytest.approx(turn["latency"], abs=0.02)


async def test_each_voice_is_in_its_channel_at_its_second(call: EndedCall) -> None:
    user, agent, rate = channels(call.recording)
    said, played = onsets(user, rate), onsets(agent, rate)
    heard = onsets(mono(bytes(call.caller.heard)), RATE)

    left = [at - real for at, real in zip(said, call.asked_at, strict=True)]
    right = [
        at - (call.caller.heard_since + there)
        for at, there in zip(played, heard, strict=True)
    ]
    assert spread(left) < MAX_DRIFT_SECS
    assert spread(right) < MAX_DRIFT_SECS
    # On one clock: what lies between them is the way there and back.
    assert abs(left[0] - right[0]) < 0.4
    assert call.report["recordingKey"] == f"{call.call_id}/call.wav"
    assert call.report["durationSecs"] == pytest.approx(len(user) / rate, abs=0.1)
