"""Stereo WAV files that grow while they are written."""

import struct
from pathlib import Path

import numpy as np

HEADER_BYTES = 44
CHANNELS = 2
BYTES_PER_FRAME = 4


def header(rate: int, data_bytes: int) -> bytes:
    """The 44 bytes before `data_bytes` of 16-bit stereo at `rate` Hz."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        CHANNELS,
        rate,
        rate * BYTES_PER_FRAME,
        BYTES_PER_FRAME,
        16,
        b"data",
        data_bytes,
    )


def interleave(left: bytes, right: bytes) -> bytes:
    """Two mono 16-bit channels of one length as stereo."""
    stereo = np.empty((len(left) // 2, CHANNELS), dtype="<i2")
    stereo[:, 0] = np.frombuffer(left, dtype="<i2")
    stereo[:, 1] = np.frombuffer(right, dtype="<i2")
    return stereo.tobytes()


def finish(path: Path, rate: int) -> float:
    """Make the header say what the file holds; returns its length in seconds.

    Works on a file whose writer was killed: half a frame at the end is cut.
    """
    data_bytes = max(path.stat().st_size - HEADER_BYTES, 0)
    data_bytes -= data_bytes % BYTES_PER_FRAME
    with path.open("r+b") as file:
        file.write(header(rate, data_bytes))
        file.truncate(HEADER_BYTES + data_bytes)
    return data_bytes / BYTES_PER_FRAME / rate
