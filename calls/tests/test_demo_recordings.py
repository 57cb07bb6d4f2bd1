"""The demo's recordings are real: each voice is on its side, where the text says."""

import io
import random
import wave
from array import array

from calls.demo.conversation import Said, lay_out, load_scripts
from calls.demo.speech import record, spoken_length

SCRIPTS = load_scripts()


def length(said: Said) -> float:
    return spoken_length(said.role, said.text)


def loudest(samples: "array[int]", rate: int, since: float, until: float) -> int:
    part = samples[round(since * rate) : round(until * rate)]
    return max((abs(sample) for sample in part), default=0)


def test_every_line_is_heard_on_its_own_side_and_where_the_transcript_says() -> None:
    for script in SCRIPTS:
        held = lay_out(script, random.Random(7), length=length)
        with wave.open(io.BytesIO(record(held.lines, held.duration))) as file:
            rate = file.getframerate()
            assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
            assert abs(file.getnframes() / rate - held.duration) < 0.001
            both = array("h", file.readframes(file.getnframes()))
        sides = {"user": both[0::2], "assistant": both[1::2]}

        for line in held.lines:
            assert loudest(sides[line.said.role], rate, line.at, line.until) > 2000


def test_nothing_is_heard_between_the_lines() -> None:
    held = lay_out(SCRIPTS[0], random.Random(7), length=length)
    with wave.open(io.BytesIO(record(held.lines, held.duration))) as file:
        rate = file.getframerate()
        both = array("h", file.readframes(file.getnframes()))

    for before, after in zip(held.lines, held.lines[1:], strict=False):
        assert loudest(both[0::2], rate, before.until + 0.01, after.at - 0.01) == 0
        assert loudest(both[1::2], rate, before.until + 0.01, after.at - 0.01) == 0


def test_a_voice_that_is_cut_ends_where_the_transcript_says() -> None:
    held = lay_out(SCRIPTS[1], random.Random(7), length=length)
    (cut,) = [line for line in held.lines if line.interrupted]
    with wave.open(io.BytesIO(record(held.lines, held.duration))) as file:
        rate = file.getframerate()
        agent = array("h", file.readframes(file.getnframes()))[1::2]

    assert loudest(agent, rate, cut.until - 0.5, cut.until) > 500
    assert loudest(agent, rate, cut.until + 0.01, cut.until + 0.5) == 0
