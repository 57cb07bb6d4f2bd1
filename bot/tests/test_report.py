"""From what happened to the report, by hand-made calls."""

import pytest

from bot.report import Engines, Outcome, ServedBy, breakdown, build, metrics, percentile
from bot.turns import MAX_EVENTS, CallLog, Line, Measurement

OUTCOME = Outcome("caller_hangup", "2026-11-24T10:00:00Z", 93.4)


def measured(log: CallLog, service: str, value: float, at: float) -> None:
    event = log.event("ttfb", service, at, value)
    log.measured(Measurement(service, value, event))


def a_turn(log: CallLog, start: float) -> None:
    """The caller speaks for a second and hears the bot 0.8 s later."""
    log.user_started(start, turn_begins=False)
    log.user_started(start, turn_begins=True)
    log.user_stopped(start + 1.0, start + 1.2)
    log.heard(start + 1.25)
    measured(log, "stt", 0.25, start + 1.25)
    log.turn_ended(start + 1.3)
    log.moment("llm_started_at", start + 1.3)
    log.moment("llm_first_token_at", start + 1.5)
    measured(log, "llm", 0.2, start + 1.5)
    log.moment("tts_started_at", start + 1.6)
    log.moment("tts_first_byte_at", start + 1.7)
    measured(log, "tts", 0.1, start + 1.7)
    log.bot_started(start + 1.75)
    log.bot_audible(start + 1.8)


def test_the_averages_are_those_of_the_turns() -> None:
    log = CallLog()
    a_turn(log, 2.0)
    log.bot_stopped(5.0)
    a_turn(log, 6.0)

    result = metrics(log)

    assert result["turns"] == 2
    assert result["interruptions"] == 0
    assert result["avgLatency"] == pytest.approx(0.8)
    assert result["avgLlmTtfb"] == 0.2
    assert result["avgTtsTtfb"] == 0.1
    assert result["avgSttTtfb"] == 0.25


def test_the_stages_of_a_turn_add_up_to_its_latency() -> None:
    log = CallLog()
    a_turn(log, 2.0)

    turn = breakdown(log.turn)

    assert turn["latency"] == 0.8
    assert [stage["stage"] for stage in turn["stages"]] == [
        "endpointing", "stt", "turn", "llm", "sentence", "tts", "output",
    ]  # fmt: skip
    assert sum(stage["secs"] for stage in turn["stages"]) == pytest.approx(0.8)


def test_a_cancelled_answer_is_left_out_of_the_averages() -> None:
    log = CallLog()
    a_turn(log, 2.0)
    log.bot_stopped(5.0)
    log.user_started(6.0, turn_begins=True)
    log.heard(7.0)
    measured(log, "llm", 5.0, 8.0)
    log.user_started(8.1, turn_begins=True)
    log.answer_cancelled()

    result = metrics(log)

    assert result["avgLlmTtfb"] == 0.2
    cancelled = [event for event in log.events if event.get("cancelled")]
    assert [event["value"] for event in cancelled] == [5.0]


def test_zeros_are_no_measurements() -> None:
    log = CallLog()
    measured(log, "stt", 0.0, 1.0)

    assert metrics(log)["avgSttTtfb"] is None


def test_only_the_callers_cutting_in_is_an_interruption() -> None:
    log = CallLog()
    a_turn(log, 2.0)
    log.user_started(4.5, turn_begins=True)
    log.answer_cancelled()
    log.bot_stopped(4.5)
    log.heard(5.0)
    # Our own goodbye cuts the bot's sentence: nobody was interrupted by a caller.
    log.bot_started(6.0)
    log.answer_cancelled()
    log.bot_stopped(6.5)

    assert metrics(log)["interruptions"] == 1
    assert log.turns[1].interrupted is True
    assert log.turns[2].interrupted is False


def test_a_caller_who_goes_on_speaking_is_waited_for_from_the_last_word() -> None:
    log = CallLog()
    log.user_started(2.0, turn_begins=True)
    log.user_stopped(3.0, 3.2)
    log.user_started(3.4, turn_begins=False)
    log.user_stopped(4.0, 4.2)
    log.bot_audible(5.0)

    assert log.turn.latency == pytest.approx(1.0)


def test_the_body_is_the_contracts() -> None:
    log = CallLog(prompt_tokens=10, cached_tokens=3, stt_secs=93.4)
    log.lines.append(Line("user", "Hello", 3.2, 4.9))

    body = build(log, OUTCOME, Engines({"llm": ServedBy("offline", "scripted")}))

    assert body["status"] == "completed"
    assert body["durationSecs"] == 93.4
    assert body["transcript"] == [
        {"role": "user", "text": "Hello", "at": 3.2, "until": 4.9, "interrupted": False}
    ]
    assert body["usage"] == {
        "sttSeconds": 93.4,
        "llm": {"provider": "offline", "model": "scripted"},
    }
    assert body["metrics"]["totalCachedTokens"] == 3
    assert "failureReason" not in body


def test_a_failure_has_its_reason() -> None:
    body = build(CallLog(), Outcome("error", "", 0, "tts_error"), Engines())

    assert (body["status"], body["failureReason"]) == ("failed", "tts_error")


def test_a_very_long_call_keeps_its_sums_but_not_every_event() -> None:
    log = CallLog()
    for second in range(MAX_EVENTS + 10):
        log.event("usage", "tts", second, 1)

    result = metrics(log)

    assert len(result["events"]) == MAX_EVENTS
    assert result["droppedEvents"] == 10


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, None),
        ([3.0], 95, 3.0),
        ([4, 1, 3, 2], 50, 2),
        (list(range(1, 101)), 95, 95),
    ],
)
def test_percentiles_are_nearest_rank(
    values: list[float], percent: float, expected: float | None
) -> None:
    assert percentile(values, percent) == expected
