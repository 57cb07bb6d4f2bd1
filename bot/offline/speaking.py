"""espeak-ng by ctypes: text in, 16-bit mono PCM out."""

import ctypes
import os
from typing import Any

import espeakng_loader
import numpy as np
import soxr

_SYNCHRONOUS = 2
_UTF8 = 1
_RATE_PARAMETER = 1
_WORDS_PER_MINUTE = 155

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Speaker:
    """One espeak-ng; the library keeps global state, so one in a process."""

    def __init__(self) -> None:
        self._library: Any = ctypes.cdll.LoadLibrary(espeakng_loader.get_library_path())
        # It copies the path into 160 bytes; seen from here it is a short one.
        data = os.path.relpath(espeakng_loader.get_data_path()).encode()
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0)
        self._chunks: list[bytes] = []
        # The library keeps the pointer only: the object must outlive the call.
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_SetParameter(_RATE_PARAMETER, _WORDS_PER_MINUTE, 0)

    def say(self, text: str, *, voice: str, rate: int) -> bytes:
        """Speak `text` at `rate` samples a second; an unknown voice is English."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            self._library.espeak_SetVoiceByName(b"en-gb")
        self._chunks.clear()
        encoded = text.encode()
        self._library.espeak_Synth(
            encoded, len(encoded) + 1, 0, 0, 0, _UTF8, None, None
        )
        samples = np.frombuffer(b"".join(self._chunks), dtype=np.int16)
        if self._rate != rate and len(samples):
            samples = soxr.resample(samples, self._rate, rate)
        return samples.tobytes()

    def _collect(self, samples: Any, count: int, _: object) -> int:
        if samples and count:
            self._chunks.append(ctypes.string_at(samples, count * 2))
        return 0
