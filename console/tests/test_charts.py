"""Charts are numbers that can be checked: places in time, and sums that add up."""

from typing import Any

import pytest

from console.charts.columns import Step, columns
from console.charts.timeline import tick_times, timeline
from console.charts.waterfall import WIDTH, bottleneck, longest, rows, waits
from console.formats import clock, duration, inr, ms, quantity, unit_price


def test_a_line_lies_where_it_was_said() -> None:
    line = {"role": "user", "text": "Hi", "at": 5.0, "until": 7.5}

    axis = timeline(10, [], [line], [])

    assert axis is not None
    assert axis.said == {"user": "M500.0 0.0h250.0v44.0h-250.0z", "assistant": ""}


def test_a_recording_shorter_than_the_call_ends_where_it_does() -> None:
    line = {"role": "user", "text": "Hi", "at": 19.0, "until": 20.0}

    axis = timeline(10, [[1.0, 1.0]], [line], [])

    assert axis is not None
    assert axis.duration == 20.0
    assert axis.waves == ["M125.0 1.3v41.4M375.0 1.3v41.4"]


def test_a_call_without_a_word_or_a_sound_has_no_axis() -> None:
    assert timeline(0, [], [], []) is None


@pytest.mark.parametrize("length", [0.5, 8, 61, 600, 3600])
def test_ticks_are_few_and_begin_at_zero(length: float) -> None:
    ticks = tick_times(length)

    assert ticks[0] == 0
    assert len(ticks) <= 12


@pytest.mark.parametrize("most", [0, 1, 5, 11, 24, 25, 240])
def test_an_axis_of_counts_has_whole_numbers(most: int) -> None:
    drawn = columns([Step("1 Nov", "", {"completed": float(most)})])

    top, middle = (int(mark.label) for mark in drawn.up)
    assert top == 2 * middle
    assert most <= top <= max(2 * most, 2)


TURN: dict[str, Any] = {
    "turn": 1,
    "latency": 1.0,
    "botAudibleAt": 4.0,
    "stages": [{"stage": "llm", "secs": 0.6}, {"stage": "tts", "secs": 0.1}],
}


def test_the_bars_of_a_turn_add_up_to_the_wait() -> None:
    (row,) = rows([TURN], 1.0)

    assert [(bar.stage, round(bar.secs, 3)) for bar in row.bars] == [
        ("llm", 0.6),
        ("tts", 0.1),
        ("unexplained", 0.3),
    ]
    assert round(sum(bar.secs for bar in row.bars), 6) == row.latency
    assert row.at == 3.0


def test_the_longest_stage_is_named_with_its_share() -> None:
    found = bottleneck([TURN])

    assert found is not None
    assert (found.label, round(found.share, 3)) == ("Model's first token", 0.6)
    assert bottleneck([]) is None


def test_a_greeting_is_no_wait() -> None:
    assert waits([{"turn": 0, "stages": [{"stage": "tts", "secs": 0.2}]}]) == []


def test_all_waits_of_a_call_are_drawn_to_one_scale() -> None:
    slower = TURN | {"turn": 2, "latency": 4.0}

    (row,) = rows([TURN], longest([TURN, slower]))

    assert round(sum(bar.width for bar in row.bars), 6) == WIDTH / 4


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (inr(1234567.8), "₹12,34,567.80"),
        (inr(-5.35), "−₹5.35"),
        (inr(None), "–"),
        (duration(102), "1m 42s"),
        (duration(3725), "1h 02m"),
        (duration(0.2), "<1s"),
        (ms(1.42), "1,420 ms"),
        (clock(754.9), "12:34"),
        (quantity(1240), "1,240"),
        (unit_price(None), "–"),
    ],
)
def test_figures_are_written_for_people(written: str, expected: str) -> None:
    assert written == expected
