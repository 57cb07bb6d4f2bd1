"""What is said stays out of the log, and a caller who cuts in is counted."""

import pytest

from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import GREETING, BotProcess, Vendors
from bot.tests.conftest import Say
from doubles.caller import RATE

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_nothing_that_was_said_is_in_the_log(
    bot: BotProcess, shared_api: ApiDouble, vendors: Vendors, say: Say
) -> None:
    vendors.deepgram.utterances = ["My number is 98765 43210."]
    vendors.openai.rules = [{"say": "Saffron is noted."}]

    call_id = await bot.start_call(prompt="Never mention turmeric.")
    caller = await bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    caller.microphone.say(await say("My number is nine eight seven"))
    await caller.wait_for_line("assistant", "Saffron")
    await caller.hang_up()
    await shared_api.wait_for_report(call_id)

    log = bot.log_text()
    for secret in ("98765", "Saffron", "turmeric", "clinic", "deepgram-key"):
        assert secret not in log
    lines = [line for line in bot.log if line.get("callId") == call_id]
    assert {"Call started: web inbound", "Caller connected"} <= {
        line["msg"] for line in lines
    }


async def test_a_caller_who_cuts_in_is_counted_and_only_what_was_heard_is_kept(
    bot: BotProcess, shared_api: ApiDouble, vendors: Vendors, say: Say
) -> None:
    story = "This is a long story. " + "It goes on and on without an end. " * 8
    vendors.deepgram.utterances = ["Tell me a story.", "Please stop."]
    vendors.openai.rules = [
        {"when": "story", "say": story.strip()},
        {"when": "stop", "say": "As you wish."},
    ]

    call_id = await bot.start_call()
    caller = await bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    caller.microphone.say(await say("Tell me a story"))
    await caller.wait_for_message(lambda m: "long story" in str(m.get("text")))
    caller.microphone.say(bytes(RATE * 2 * 2) + await say("Please stop it now"))
    await caller.wait_for_line("assistant", "As you wish.")
    await caller.hang_up()
    report = await shared_api.wait_for_report(call_id)

    told = next(line for line in report["transcript"] if "long story" in line["text"])
    assert told["interrupted"] is True
    assert len(told["text"]) < len(story)
    metrics = report["metrics"]
    assert metrics["interruptions"] == 1
    assert metrics["turns"] == 2
    assert [turn["interrupted"] for turn in metrics["breakdown"]] == [
        False,
        True,
        False,
    ]
    assert "interruption" in {event["type"] for event in metrics["events"]}
