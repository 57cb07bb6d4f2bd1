"""Every way in which a call ends reports, with its reason."""

import pytest

from bot.phrases import FAREWELLS
from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import GREETING, BotProcess, Vendors
from bot.tests.conftest import Say

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_model_says_goodbye_and_hangs_up(
    bot: BotProcess, shared_api: ApiDouble, vendors: Vendors, say: Say
) -> None:
    vendors.deepgram.utterances = ["That is all."]
    vendors.openai.rules = [
        {
            "when": "that is all",
            "say": "It was a pleasure.",
            "tool": "end_call",
            "arguments": {"farewell": "Goodbye, Asha!"},
        }
    ]

    call_id = await bot.start_call()
    caller = await bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    caller.microphone.say(await say("That is all"))
    report = await shared_api.wait_for_report(call_id)
    await caller.hang_up()

    assert report["endReason"] == "agent_hangup"
    assert report["status"] == "completed"
    said = " ".join(line["text"] for line in report["transcript"])
    assert said.endswith("It was a pleasure. Goodbye, Asha!")
    # All of both sentences was played, not merely generated.
    characters = len("Hello, this is the clinic.It was a pleasure.Goodbye, Asha!")
    assert caller.sound_secs() == pytest.approx(characters * 0.05, abs=0.4)


async def test_an_operator_hangs_up(bot: BotProcess, shared_api: ApiDouble) -> None:
    call_id = await bot.start_call()
    caller = await bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)

    status, body = await bot.request(
        "DELETE", f"/calls/{call_id}", {"reason": "operator_hangup"}
    )

    assert (status, body) == (202, {"callId": call_id, "status": "ending"})
    report = await shared_api.wait_for_report(call_id)
    await caller.hang_up()
    assert report["endReason"] == "operator_hangup"
    assert report["transcript"][-1]["text"] == FAREWELLS["operator_hangup"]
    assert report["metrics"]["interruptions"] == 0
    assert (await bot.request("DELETE", f"/calls/{call_id}"))[0] == 404


async def test_the_heartbeat_names_live_calls_and_ends_those_the_api_names(
    bot: BotProcess, shared_api: ApiDouble
) -> None:
    call_id = await bot.start_call()
    caller = await bot.connect(call_id)
    await shared_api.wait_for_heartbeat()
    beat = await shared_api.wait_for_heartbeat()
    assert beat["calls"] == [call_id]
    assert beat["draining"] is False
    assert beat["botId"]

    shared_api.to_end = [call_id]
    report = await shared_api.wait_for_report(call_id)
    shared_api.to_end = []
    await caller.hang_up()

    assert report["endReason"] == "operator_hangup"


async def test_a_call_that_nobody_joins_is_reported_as_such(
    bot: BotProcess, shared_api: ApiDouble
) -> None:
    call_id = await bot.start_call()

    report = await shared_api.wait_for_report(call_id)

    assert report["status"] == "failed"
    assert report["endReason"] == report["failureReason"] == "never_connected"
    assert report["durationSecs"] == 0
    assert "recordingKey" not in report


async def test_a_call_ends_at_the_agents_longest_duration(
    bot: BotProcess, shared_api: ApiDouble
) -> None:
    call_id = await bot.start_call(maxDurationSecs=2)
    caller = await bot.connect(call_id)

    report = await shared_api.wait_for_report(call_id)
    await caller.hang_up()

    assert report["endReason"] == "max_duration"
    assert report["transcript"][-1]["text"] == FAREWELLS["max_duration"]


async def test_a_silent_caller_is_said_goodbye_to(
    bot: BotProcess, shared_api: ApiDouble
) -> None:
    call_id = await bot.start_call(idleTimeoutSecs=1.5)
    caller = await bot.connect(call_id)

    report = await shared_api.wait_for_report(call_id)
    await caller.hang_up()

    assert report["endReason"] == "idle_timeout"
    assert report["status"] == "completed"


async def test_a_voice_that_is_refused_fails_the_call(
    bot: BotProcess, shared_api: ApiDouble, vendors: Vendors
) -> None:
    vendors.deepgram.speak_status = 401

    call_id = await bot.start_call()
    caller = await bot.connect(call_id)
    report = await shared_api.wait_for_report(call_id)
    await caller.hang_up()

    assert report["status"] == "failed"
    assert report["endReason"] == "error"
    assert report["failureReason"] == "tts_error"


async def test_an_agent_without_transcripts_keeps_none(
    bot: BotProcess, shared_api: ApiDouble
) -> None:
    call_id = await bot.start_call(saveTranscripts=False, enableCallRecording=False)
    caller = await bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    await caller.hang_up()

    report = await shared_api.wait_for_report(call_id)

    assert report["transcript"] == []
    assert "recordingKey" not in report
    assert call_id not in shared_api.recordings


@pytest.mark.parametrize("status", [401, 429], ids=["its key", "one stream too many"])
async def test_a_second_voice_takes_over_from_one_that_is_refused(
    bot: BotProcess, shared_api: ApiDouble, vendors: Vendors, status: int
) -> None:
    vendors.deepgram.speak_status = status

    call_id = await bot.start_call(fallbackTtsProvider="offline")
    caller = await bot.connect(call_id)
    await caller.wait_for_line("assistant", GREETING)
    await caller.hang_up()
    report = await shared_api.wait_for_report(call_id)

    assert report["status"] == "completed"
    assert report["usage"]["tts"] == {"provider": "offline", "model": "espeak-ng"}
    assert caller.sound_secs() > 1


async def test_a_reloaded_page_goes_on_with_its_call(
    bot: BotProcess, shared_api: ApiDouble, vendors: Vendors, say: Say
) -> None:
    vendors.deepgram.utterances = ["How much does it cost?"]
    vendors.openai.rules = [{"when": "cost", "say": "Five hundred rupees."}]
    call_id = await bot.start_call()
    first = await bot.connect(call_id)
    await first.wait_for_line("assistant", GREETING)

    second = await bot.connect(call_id)
    second.microphone.say(await say("How much does it cost?"))
    await second.wait_for_line("assistant", "Five hundred")
    await second.hang_up()
    report = await shared_api.wait_for_report(call_id)
    await first.hang_up()

    assert report["endReason"] == "caller_hangup"
    spoken = [line["text"] for line in report["transcript"]]
    assert spoken == [GREETING, "How much does it cost?", "Five hundred rupees."]
