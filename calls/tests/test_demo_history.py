"""The demo's past is plausible, complete and always the same."""

from datetime import UTC, datetime, timedelta

from calls.channels import Channel, Status
from calls.demo import measured
from calls.demo.history import CALLS, DAYS, FAILURES, past_calls
from calls.failures import FAILURES as KNOWN

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
MODELS = {"llm": "gpt-4.1-mini", "stt": "nova-3", "tts": "aura-2"}


def test_the_same_day_has_the_same_past() -> None:
    assert list(past_calls(NOW)) == list(past_calls(NOW))


def test_every_channel_status_and_failure_occurs() -> None:
    calls = list(past_calls(NOW))

    assert len(calls) == CALLS
    assert {call.channel for call in calls} == set(Channel)
    assert {call.status for call in calls} == {Status.COMPLETED, Status.FAILED}
    assert {c.failure_reason for c in calls if c.failure_reason} == set(FAILURES)
    assert set(FAILURES) <= set(KNOWN)


def test_all_of_it_lies_within_the_last_sixty_days() -> None:
    for call in past_calls(NOW):
        assert NOW - timedelta(days=DAYS) <= call.started_at < NOW


def test_a_turns_stages_add_up_to_what_the_caller_waited() -> None:
    for call in past_calls(NOW):
        if call.conversation is None:
            continue
        for turn in measured.metrics(call.conversation, MODELS)["breakdown"]:
            waited = sum(stage["secs"] for stage in turn["stages"])
            assert abs(turn.get("latency", waited) - waited) < 0.002


def test_callers_cut_in_where_the_script_says_so() -> None:
    interrupted = [
        line
        for call in past_calls(NOW)
        if call.conversation
        for line in call.conversation.lines
        if line.interrupted
    ]

    assert interrupted
    assert {line.said.role for line in interrupted} == {"assistant"}


def test_one_day_was_slow() -> None:
    by_day: dict[int, list[float]] = {}
    for call in past_calls(NOW):
        if call.conversation and not call.failure_reason:
            mean = measured.metrics(call.conversation, MODELS)["avgLatency"]
            by_day.setdefault((NOW - call.started_at).days, []).append(mean)

    means = {day: sum(found) / len(found) for day, found in by_day.items()}
    assert max(means, key=lambda day: means[day]) == 12
