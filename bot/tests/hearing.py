"""Measures what is in a recording."""

import io
import wave

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int32]

_SOUND = 600
_PAUSE_SECS = 0.45


def channels(wav: bytes) -> tuple[Samples, Samples, int]:
    """The user's and the bot's samples of a stereo WAV, and its rate."""
    with wave.open(io.BytesIO(wav)) as file:
        assert file.getnchannels() == 2
        stereo = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        return (
            stereo[:, 0].astype(np.int32),
            stereo[:, 1].astype(np.int32),
            (file.getframerate()),
        )


def mono(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.int32)


def onsets(samples: Samples, rate: int) -> list[float]:
    """The seconds at which a sound begins after a pause."""
    loud = np.flatnonzero(np.abs(samples) > _SOUND)
    if not len(loud):
        return []
    starts = np.flatnonzero(np.diff(loud) > _PAUSE_SECS * rate) + 1
    return [float(loud[0]) / rate] + [float(loud[index]) / rate for index in starts]


def spread(offsets: list[float]) -> float:
    return max(offsets) - min(offsets)
