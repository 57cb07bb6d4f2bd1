"""A phone call from dialling to the last paisa, through the real api, worker and bot;
the carrier is a double that runs our XML and streams mu-law both ways."""

import io
import wave
from array import array
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import pytest_asyncio

from bot.tests.bot_process import Vendors
from tests.conftest import Carriers, Say
from tests.telephone import GREETING, Ear, Program, new_number

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

QUESTION, ANSWER = "When do you open?", "We open at nine."
KEYED, TAKEN = "[The caller pressed keypad digits: 42]", "Forty-two it is."
# The price book's outbound minute at ₹94 and with 30 %.
MINUTE = Decimal("0.0075") * 94 * Decimal("1.30")


@dataclass
class Made:
    details: dict[str, Any]
    recording: bytes
    requests: list[Any]
    model: list[Any]
    sound_secs: float


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def call(
    program: Program, vendors: Vendors, carriers: Carriers, say: Say
) -> Made:
    """A call to a person who asks, presses two keys, and hangs up."""
    vendors.reset()
    vendors.deepgram.utterances = [QUESTION]
    vendors.openai.rules = [
        {"when": QUESTION, "say": ANSWER},
        {"when": KEYED, "say": TAKEN},
    ]
    carriers.plivo.requests.clear()
    plivo = carriers.plivo
    started = await program.call(new_number(plivo))
    assert started.status_code == 201, started.text
    line = await plivo.line()
    ear = Ear(line)
    await ear.hears(GREETING)
    line.say(await say(QUESTION))
    await ear.hears(ANSWER)
    await line.press("4")
    await line.press("2")
    await ear.hears(TAKEN)
    await line.hang_up()
    call_id = started.json()["callId"]
    await program.until(call_id, hasRecording=True)
    details = await program.reported(call_id)
    recording = await program.api.get(details["recordingUrl"])
    return Made(
        details,
        recording.content,
        plivo.requests,
        vendors.openai.requests,
        line.sound_secs(),
    )


async def test_the_carrier_was_asked_to_dial_from_our_number(call: Made) -> None:
    method, path, body = call.requests[0]

    assert (method, path.rpartition("/Account/")[0]) == ("POST", "/v1")
    assert body["from"] == "912071177001"
    assert body["answer_url"].endswith(f"/api/plivo/calls/{call.details['id']}/answer")
    assert "machine_detection" not in body


async def test_the_transcript_is_what_was_said_and_keyed(call: Made) -> None:
    said = [(line["role"], line["text"]) for line in call.details["transcript"]]

    assert said == [
        ("assistant", GREETING),
        ("user", QUESTION),
        ("assistant", ANSWER),
        ("dtmf", "42"),
        ("assistant", TAKEN),
    ]
    events = call.details["metrics"]["events"]
    keys = [event["digit"] for event in events if event["type"] == "dtmf"]
    assert keys == ["4", "2"]


async def test_the_model_was_told_of_the_keys(call: Made) -> None:
    last = [m["content"] for m in call.model[-1]["messages"] if m["role"] == "user"]

    assert last[-1] == KEYED


async def test_the_call_is_as_any_other_in_the_api(call: Made) -> None:
    details = call.details

    assert (details["channel"], details["direction"]) == ("phone", "outbound")
    assert (details["status"], details["endReason"]) == ("completed", "caller_hangup")
    assert details["from"] == "+912071177001"
    assert details["ringingAt"] <= details["answeredAt"] <= details["endedAt"]
    for name in ("avgLatency", "avgLlmTtfb", "avgTtsTtfb", "avgSttTtfb"):
        assert details["metrics"][name] > 0, name


async def test_the_line_is_paid_for_by_its_minutes(call: Made) -> None:
    sip = [line for line in call.details["costLines"] if line["component"] == "sip"]

    minutes = Decimal(sip[0]["quantity"])
    paid = (minutes * MINUTE).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert (sip[0]["provider"], sip[0]["model"]) == ("plivo", "outbound")
    assert call.details["costSip"] == str(paid)
    # From the answer to the end, which the bot's own clock comes close to.
    assert abs(float(minutes) * 60 - call.details["durationSeconds"]) < 3
    assert call.details["billingStatus"] == "charged"


async def test_both_voices_are_in_the_recording(call: Made) -> None:
    with wave.open(io.BytesIO(call.recording)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 16_000)
        both = array("h", file.readframes(file.getnframes()))
    sides = {"user": both[0::2], "assistant": both[1::2]}

    for line in call.details["transcript"]:
        if line["role"] in sides:
            part = sides[line["role"]]
            heard = part[int(line["at"] * 16_000) : int(line["until"] * 16_000)]
            assert max(abs(sample) for sample in heard) > 1000, line


async def test_the_slot_is_free(call: Made, program: Program) -> None:
    assert await program.slots() == 0
