"""A call from `connect` to the last paisa, through the real api, worker and bot."""

import asyncio
import io
import wave
from array import array
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.tests.bot_process import Vendors
from launcher.stack import Stack
from tests.conftest import Say
from tests.web_call import web_call

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

QUESTIONS = ["When do you open?", "What does a blood test cost?"]
ANSWERS = ["We open at nine.", "It costs four hundred and fifty rupees."]
PAISA = Decimal("0.01")
# From the price book: the quote, for how many units, at ₹94 and with 30 %.
RUPEES = Decimal(94) * Decimal("1.30")
INPUT = Decimal("0.40") / 1_000_000 * RUPEES
CACHED = Decimal("0.10") / 1_000_000 * RUPEES
OUTPUT = Decimal("1.60") / 1_000_000 * RUPEES
SECOND = Decimal("0.0048") / 60 * RUPEES
CHARACTER = Decimal("0.030") / 1000 * RUPEES


@dataclass
class Finished:
    """A call that is over, as the api tells of it."""

    details: dict[str, Any]
    recording: bytes


async def finished(api: httpx.AsyncClient, call_id: str) -> Finished:
    """Wait for the bot's report and recording."""
    async with asyncio.timeout(30):
        while True:
            details = (await api.get(f"/api/calls/{call_id}")).json()
            if details["status"] != "active" and details["recordingUrl"]:
                recording = await api.get(details["recordingUrl"])
                return Finished(details, recording.content)
            await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def call(stack: Stack, vendors: Vendors, say: Say) -> Finished:
    """A call with two questions, through the api's own signalling."""
    vendors.reset()
    vendors.deepgram.utterances = QUESTIONS
    vendors.openai.rules = [
        {"when": question, "say": answer}
        for question, answer in zip(QUESTIONS, ANSWERS, strict=True)
    ]
    demo = stack.demo
    key = {"x-api-key": demo["apiKey"]}
    async with httpx.AsyncClient(base_url=demo["url"], headers=key, timeout=20) as api:
        call_id, caller = await web_call(api, demo["agentId"])
        await caller.wait_for_line("assistant", "How can I help you?")
        for question, answer in zip(QUESTIONS, ANSWERS, strict=True):
            caller.microphone.say(await say(question))
            await caller.wait_for_line("assistant", answer)
        await caller.hang_up()
        return await finished(api, call_id)


async def test_the_transcript_is_what_was_said(call: Finished) -> None:
    said = [(line["role"], line["text"]) for line in call.details["transcript"]]

    assert said == [
        ("assistant", "Hello, this is Shanti Clinic. How can I help you?"),
        ("user", QUESTIONS[0]),
        ("assistant", ANSWERS[0]),
        ("user", QUESTIONS[1]),
        ("assistant", ANSWERS[1]),
    ]


async def test_every_metric_is_there_and_above_zero(call: Finished) -> None:
    metrics = call.details["metrics"]

    assert (metrics["turns"], metrics["interruptions"]) == (2, 0)
    for name in (
        "avgLatency",
        "avgLlmTtfb",
        "avgTtsTtfb",
        "avgSttTtfb",
        "totalPromptTokens",
        "totalCompletionTokens",
        "totalTtsCharacters",
    ):
        assert metrics[name] > 0, name
    assert metrics["events"]


async def test_the_costs_are_the_sum_by_hand(call: Finished) -> None:
    details, metrics = call.details, call.details["metrics"]
    lines = {line["unit"]: Decimal(line["quantity"]) for line in details["costLines"]}
    cached = metrics["totalCachedTokens"]

    def rounded(amount: Decimal) -> str:
        return str(amount.quantize(PAISA, ROUND_HALF_UP))

    llm = (metrics["totalPromptTokens"] - cached) * INPUT + cached * CACHED
    llm += metrics["totalCompletionTokens"] * OUTPUT
    assert details["costLlm"] == rounded(llm)
    assert details["costStt"] == rounded(lines["second"] * SECOND)
    assert details["costTts"] == rounded(metrics["totalTtsCharacters"] * CHARACTER)
    assert details["costSip"] == "0.00"
    shown = ("costLlm", "costStt", "costTts", "costSip")
    assert Decimal(details["costTotal"]) == sum(Decimal(details[k]) for k in shown)
    assert details["billingStatus"] == "charged"


async def test_both_voices_are_on_their_side_where_the_transcript_says(
    call: Finished,
) -> None:
    with wave.open(io.BytesIO(call.recording)) as file:
        assert file.getnchannels() == 2
        rate, frames = file.getframerate(), file.getnframes()
        both = array("h", file.readframes(frames))
    sides = {"user": both[0::2], "assistant": both[1::2]}

    assert abs(frames / rate - call.details["durationSeconds"]) < 0.3
    for line in call.details["transcript"]:
        part = sides[line["role"]][int(line["at"] * rate) : int(line["until"] * rate)]
        assert max(abs(sample) for sample in part) > 1000, line


async def test_the_slot_is_free_and_the_call_is_in_the_list(
    call: Finished, stack: Stack
) -> None:
    demo = stack.demo
    key = {"x-api-key": demo["apiKey"]}
    secret = {"x-internal-secret": demo["internalSecret"]}
    async with httpx.AsyncClient(base_url=demo["url"], timeout=20) as api:
        newest = (await api.get("/api/calls?limit=1", headers=key)).json()["calls"][0]
        slots = (await api.post("/api/jobs/reconcile-capacity", headers=secret)).json()

    assert newest["id"] == call.details["id"]
    assert newest["hasRecording"] is True
    assert slots == {"globalCount": 0, "orgs": 0}
