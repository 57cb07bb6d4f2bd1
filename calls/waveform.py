"""Finds out once what a recording holds, so that no browser has to decode it."""

import wave
from array import array
from dataclasses import dataclass
from typing import IO

from common.errors import Invalid

SLICES = 800
SAMPLE_BYTES = 2


@dataclass(frozen=True)
class Waveform:
    """``peaks`` has a list for each channel: the loudest sample, 0 to 1, of each of
    ``SLICES`` equal parts of the call (fewer if it has fewer samples)."""

    channels: int
    sample_rate: int
    duration_secs: float
    peaks: list[list[float]]


def read_waveform(file: IO[bytes]) -> Waveform:
    """Read a 16-bit WAV. Raises ``Invalid`` for anything else.

    A recording whose header promises more than the file holds (its writer was cut off)
    is read as far as it goes.
    """
    try:
        with wave.open(file) as recording:
            if recording.getsampwidth() != SAMPLE_BYTES:
                raise Invalid("The recording is not 16-bit PCM.")
            return _measure(recording)
    except (wave.Error, EOFError) as error:
        raise Invalid(f"The recording is not a WAV file: {error}") from None


def _measure(recording: wave.Wave_read) -> Waveform:
    channels, rate = recording.getnchannels(), recording.getframerate()
    step = max(1, -(-recording.getnframes() // SLICES))
    peaks: list[list[float]] = [[] for _ in range(channels)]
    frames = 0
    while raw := recording.readframes(step):
        samples = array("h", raw[: len(raw) // (2 * channels) * 2 * channels])
        frames += len(samples) // channels
        for channel, found in enumerate(peaks):
            one = samples[channel::channels]
            loudest = max(max(one), -min(one)) if one else 0
            found.append(round(min(loudest / 32767, 1.0), 3))
    return Waveform(channels, rate, frames / rate, peaks)
