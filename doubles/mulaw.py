"""G.711 mu-law at 8 kHz, from and to 16-bit PCM: what telephone lines carry."""

import numpy as np
import soxr
from numpy.typing import NDArray

RATE = 8000
SILENCE = b"\xff"
_BIAS, _CLIP = 132, 32635


def encode(pcm: bytes, rate: int) -> bytes:
    """Mono PCM of any rate as mu-law."""
    wide = np.frombuffer(pcm, np.int16)
    samples = soxr.resample(wide, rate, RATE).astype(np.int32) if rate != RATE else wide
    sign = np.where(samples < 0, 0x80, 0)
    size = np.minimum(np.abs(samples.astype(np.int32)), _CLIP) + _BIAS
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 0x0F
    coded: NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return coded.astype(np.uint8).tobytes()


def decode(coded: bytes) -> bytes:
    """Mu-law as mono PCM at 8 kHz."""
    bits = ~np.frombuffer(coded, np.uint8).astype(np.int32) & 0xFF
    size = (((bits & 0x0F) << 3) + _BIAS) << ((bits >> 4) & 0x07)
    samples = np.where(bits & 0x80, _BIAS - size, size - _BIAS)
    return samples.astype(np.int16).tobytes()
