"""A caller asks, the agent answers: transcript, metrics and recording are exact."""

import pytest

from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import GREETING, BotProcess, Vendors
from bot.tests.conftest import Say
from bot.tests.hearing import channels, mono, onsets, spread
from doubles.caller import RATE

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTIONS = [
    "What are your opening hours?",
    "How much does it cost?",
    "Thank you very much.",
]
ANSWERS = ["We open at nine.", "It costs five hundred rupees.", "You are welcome."]
MAX_DRIFT_SECS = 0.05


async def test_a_whole_call_is_reported_measured_and_recorded(
    bot: BotProcess, shared_api: ApiDouble, vendors: Vendors, say: Say
) -> None:
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
    report = await shared_api.wait_for_report(call_id)

    assert report["status"] == "completed"
    assert report["endReason"] == "caller_hangup"
    assert report["recordingKey"] == f"{call_id}/call.wav"
    lines = [(line["role"], line["text"]) for line in report["transcript"]]
    exchange = zip(QUESTIONS, ANSWERS, strict=True)
    assert lines == [
        ("assistant", GREETING),
        *(line for q, a in exchange for line in (("user", q), ("assistant", a))),
    ]
    times = [(line["at"], line["until"]) for line in report["transcript"]]
    assert all(at < until for at, until in times)
    assert times == sorted(times)

    metrics = report["metrics"]
    assert metrics["turns"] == 3
    assert metrics["interruptions"] == 0
    assert metrics["totalPromptTokens"] == vendors.openai.prompt_tokens
    assert metrics["totalCompletionTokens"] == vendors.openai.completion_tokens
    assert metrics["totalCachedTokens"] == 9
    assert metrics["totalTtsCharacters"] == sum(map(len, vendors.deepgram.spoken))
    assert report["usage"]["sttSeconds"] == pytest.approx(
        vendors.deepgram.listened_secs, abs=0.1
    )
    for name in ("avgLatency", "avgLlmTtfb", "avgTtsTtfb", "avgSttTtfb"):
        assert metrics[name] > 0
    assert report["usage"]["stt"] == {"provider": "deepgram", "model": "nova-3"}
    assert report["usage"]["llm"] == {"provider": "openai", "model": "gpt-4.1-mini"}
    assert report["usage"]["tts"]["provider"] == "deepgram"
    assert {event["type"] for event in metrics["events"]} >= {"ttfb", "usage", "turn"}

    # The caller's own ears agree with the latency that is reported.
    user, agent, rate = channels(shared_api.recordings[call_id])
    said, heard = onsets(user, rate), onsets(agent, rate)
    assert len(said) == 3
    assert len(heard) == 4
    ends = [turn["userStoppedAt"] for turn in metrics["breakdown"][1:]]
    audible = [turn["botAudibleAt"] for turn in metrics["breakdown"][1:]]
    assert heard[1:] == pytest.approx(audible, abs=MAX_DRIFT_SECS)
    waits = [start - end for start, end in zip(heard[1:], ends, strict=True)]
    assert metrics["avgLatency"] == pytest.approx(sum(waits) / 3, abs=MAX_DRIFT_SECS)

    # Each voice is in its channel at its second, and stays there.
    left = [at - real for at, real in zip(said, asked_at, strict=True)]
    at_caller = onsets(mono(bytes(caller.heard)), RATE)
    right = [
        at - (caller.heard_since + there)
        for at, there in zip(heard, at_caller, strict=True)
    ]
    assert spread(left) < MAX_DRIFT_SECS
    assert spread(right) < MAX_DRIFT_SECS
    assert abs(left[0] - right[0]) < 0.3
    assert report["durationSecs"] == pytest.approx(len(user) / rate, abs=0.1)


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
