"""SIGTERM: every caller hears why, everything is reported, the exit is clean."""

import asyncio
import signal
import time

import pytest

from bot.phrases import SHUTDOWN
from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import GREETING, Vendors
from bot.tests.conftest import StartBot
from doubles.deepgram import SECS_PER_CHARACTER

pytestmark = pytest.mark.asyncio(loop_scope="session")

GRACE_SECS = 20
SENTENCE_SECS = len(SHUTDOWN) * SECS_PER_CHARACTER


async def test_three_callers_hear_the_whole_sentence(
    start_bot: StartBot, api: ApiDouble, vendors: Vendors
) -> None:
    bot = await start_bot(SHUTDOWN_GRACE_SECS=str(GRACE_SECS))
    # The first is cut off in the middle of a sentence, as people are.
    long_greeting = GREETING + " We are here for you. " * 20
    calls = [
        await bot.start_call(greeting=greeting)
        for greeting in (long_greeting, GREETING, GREETING)
    ]
    callers = [await bot.connect(call) for call in calls]
    await callers[2].wait_for_line("assistant", GREETING)

    started = time.monotonic()
    bot.signal(signal.SIGTERM)
    await bot.wait_for_log("SIGTERM: winding down")
    status, body = await bot.request("GET", "/health/deep")
    refused = await bot.request("POST", "/calls", bot.body("late"))
    code = await bot.wait(GRACE_SECS + 10)
    took = time.monotonic() - started

    assert (status, body["draining"]) == (503, True)
    assert refused == (503, {"error": "This bot is shutting down.", "code": "draining"})
    assert code == 0
    assert took < GRACE_SECS
    messages = [line["msg"] for line in bot.log]
    assert "SIGTERM: winding down 3 active call(s), grace=20s" in messages
    assert "SIGTERM: all calls drained cleanly" in messages
    for call, caller in zip(calls, callers, strict=True):
        assert_said_goodbye(api, call)
        assert caller.sound_secs() > SENTENCE_SECS - 0.1
        await caller.hang_up()
    both_secs = SENTENCE_SECS + len(GREETING) * SECS_PER_CHARACTER
    assert callers[2].sound_secs() == pytest.approx(both_secs, abs=0.3)


def assert_said_goodbye(api: ApiDouble, call: str) -> None:
    report = api.reports[call][-1]
    assert report["endReason"] == "shutdown"
    assert report["status"] == "completed"
    assert report["transcript"][-1]["text"] == SHUTDOWN
    assert report["metrics"]["interruptions"] == 0
    assert report["recordingKey"] == f"{call}/call.wav"
    assert call in api.recordings


async def test_with_a_drain_time_calls_may_finish(
    start_bot: StartBot, api: ApiDouble, vendors: Vendors
) -> None:
    bot = await start_bot(DRAIN_MAX_SECS="30")
    call = await bot.start_call()
    caller = await bot.connect(call)
    await caller.wait_for_line("assistant", GREETING)

    bot.signal(signal.SIGTERM)
    await bot.wait_for_log("SIGTERM: winding down 1 active call(s)")
    _, listed = await bot.request("GET", "/calls")
    await caller.hang_up()
    code = await bot.wait(10)

    assert [one["state"] for one in listed["calls"]] == ["live"]
    assert code == 0
    assert api.reports[call][-1]["endReason"] == "caller_hangup"


async def test_a_second_signal_ends_at_once_and_the_next_start_delivers(
    start_bot: StartBot, api: ApiDouble, vendors: Vendors
) -> None:
    bot = await start_bot()
    call = await bot.start_call()
    caller = await bot.connect(call)
    await caller.wait_for_line("assistant", GREETING)

    bot.signal(signal.SIGTERM)
    await bot.wait_for_log("SIGTERM: winding down")
    bot.signal(signal.SIGTERM)
    code = await bot.wait(2)
    await caller.hang_up()
    assert code == 128 + signal.SIGTERM
    assert call not in api.reports

    await start_bot()
    report = await api.wait_for_report(call)
    assert report["transcript"][0]["text"] == GREETING
    assert report["recordingKey"] == f"{call}/call.wav"


async def test_a_process_that_is_killed_costs_no_more_than_five_seconds(
    start_bot: StartBot, api: ApiDouble, vendors: Vendors
) -> None:
    bot = await start_bot()
    call = await bot.start_call(greeting=GREETING + " We are here for you." * 12)
    caller = await bot.connect(call)
    # Long enough that something is certainly on disk, and more is not.
    await caller.wait_for_message(lambda m: m.get("state") == "speaking")
    await asyncio.sleep(7)

    await bot.kill()
    lived = time.monotonic() - caller.heard_since
    await caller.hang_up()
    await start_bot()
    report = await api.wait_for_report(call)

    assert report["status"] == "failed"
    assert report["failureReason"] == "bot_lost"
    assert report["recordingKey"] == f"{call}/call.wav"
    kept = (len(api.recordings[call]) - 44) / 4 / 16_000
    assert lived - 5 < kept <= lived + 0.5
    assert report["durationSecs"] > lived - 5
    assert report["metrics"]["totalTtsCharacters"] > 0


async def test_an_api_that_is_away_at_the_end_gets_the_call_when_it_returns(
    start_bot: StartBot, api: ApiDouble, vendors: Vendors
) -> None:
    bot = await start_bot()
    call = await bot.start_call()
    caller = await bot.connect(call)
    await caller.wait_for_line("assistant", GREETING)
    await api.stop()
    await caller.hang_up()
    await bot.wait_for_log("Call kept in the spool")
    _, health = await bot.request("GET", "/health/deep")
    assert (health["activeCalls"], health["spool"]) == (0, 1)

    await api.start()

    report = await api.wait_for_report(call)
    assert report["endReason"] == "caller_hangup"
    assert report["recordingKey"] == f"{call}/call.wav"
    await bot.wait_for_log("Call delivered")
    assert list(bot.spool.iterdir()) == []
