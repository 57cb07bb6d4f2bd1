"""Audio is put where it was heard, however late and uneven it arrives."""

from pathlib import Path

import numpy as np
import pytest

from bot.recording import SAMPLE_RATE, Recording
from bot.tests.hearing import channels, onsets
from bot.timeline import Track

RATE = 1000
FRAME = 20
TOLERANCE = 16


def pcm(value: int, samples: int = FRAME) -> bytes:
    return np.full(samples, value, "<i2").tobytes()


def values(track: Track, until: int) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    track.settle_all()
    return np.frombuffer(track.take(until), "<i2")


def feed(track: Track, arrivals: list[tuple[int, int]]) -> None:
    for start, value in arrivals:
        track.add(start, pcm(value))


def test_an_even_stream_is_kept_as_it_is() -> None:
    track = Track(RATE)
    feed(track, [(n * FRAME, n + 1) for n in range(100)])

    heard = values(track, 2000)

    assert (heard == np.repeat(np.arange(1, 101), FRAME)).all()


def test_jitter_moves_nothing() -> None:
    track = Track(RATE)
    feed(track, [(n * FRAME + (n * 7) % 13, n + 1) for n in range(100)])

    heard = values(track, 2000)

    assert (heard == np.repeat(np.arange(1, 101), FRAME)).all()


def test_a_stalled_loop_moves_nothing() -> None:
    track = Track(RATE)
    arrivals = [(n * FRAME, n + 1) for n in range(100)]
    # From 1000 to 1750 nothing ran; then everything that waited came at once.
    arrivals = [(1750 if 1000 <= at < 1750 else at, value) for at, value in arrivals]
    feed(track, arrivals)

    heard = values(track, 2000)

    assert (heard == np.repeat(np.arange(1, 101), FRAME)).all()


def test_lost_packets_become_silence_of_their_length() -> None:
    track = Track(RATE)
    feed(track, [(n * FRAME, n + 1) for n in range(100) if not 40 <= n < 55])

    heard = values(track, 2000)

    assert (heard[40 * FRAME : 55 * FRAME] == 0).all()
    assert heard[55 * FRAME] == 56
    assert heard[-1] == 100


def test_a_pause_in_the_stream_is_kept() -> None:
    track = Track(RATE)
    feed(track, [(n * FRAME, 1) for n in range(10)])
    feed(track, [(900 + n * FRAME, 2) for n in range(10)])

    heard = values(track, 1200)

    assert abs(int(np.flatnonzero(heard == 2)[0]) - 900) <= TOLERANCE


@pytest.mark.parametrize("per_mille", [-3, 3])
def test_a_clock_that_runs_differently_never_drifts(per_mille: int) -> None:
    track = Track(RATE)
    for n in range(5000):
        at = n * FRAME * (1000 + per_mille) // 1000
        track.add(at, pcm(n + 1))
        if n % 50 == 0:
            track.settle(at)
    heard_values = values(track, 5000 * FRAME * (1000 + per_mille) // 1000)

    for n in (100, 2500, 4990):
        place = int(np.flatnonzero(heard_values == n + 1)[0])
        assert abs(place - n * FRAME * (1000 + per_mille) // 1000) <= TOLERANCE + FRAME


def test_a_recording_is_written_as_the_call_goes(tmp_path: Path) -> None:
    path = tmp_path / "audio.wav"
    recording = Recording(path)
    secs = 0.02
    frame = np.full(round(SAMPLE_RATE * secs), 5000, "<i2").tobytes()
    quiet = bytes(len(frame))
    for n in range(500):
        at = n * secs
        recording.add_user(at, frame if 2 <= at < 3 else quiet)
        if 5 <= at < 6:
            recording.add_bot(at, frame)
        if n % 50 == 49:
            recording.flush(at + secs)
    on_disk = (path.stat().st_size - 44) / 4 / SAMPLE_RATE
    length = recording.close(10.0)

    assert on_disk > 10 - 3
    assert length == 10.0
    user, bot, rate = channels(path.read_bytes())
    assert onsets(user, rate) == pytest.approx([2.0], abs=0.02)
    assert onsets(bot, rate) == pytest.approx([5.0], abs=0.02)
    assert len(user) == 10 * rate
