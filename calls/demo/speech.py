"""Real voices for the demo's recordings: espeak-ng, from its wheel."""

import ctypes
import io
import os
import wave
from array import array
from collections.abc import Sequence
from functools import cache
from typing import Any

import espeakng_loader

from calls.demo.conversation import Placed

VOICES = {"user": b"en-us", "assistant": b"en-gb"}
WORDS_A_MINUTE = 165
SYNCHRONOUS, UTF8, RATE = 2, 1, 1
QUIETER = 2

Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Espeak:
    """The library, which keeps global state: one in a process."""

    def __init__(self) -> None:
        path = espeakng_loader.get_library_path()
        self.library: Any = ctypes.cdll.LoadLibrary(path)
        # It copies the path into 160 bytes; seen from here it is a short one.
        data = os.path.relpath(espeakng_loader.get_data_path()).encode()
        self.rate: int = self.library.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
        self.samples = array("h")
        # The library keeps a bare pointer, so we have to keep the object.
        self.callback = Callback(self.collect)
        self.library.espeak_SetSynthCallback(self.callback)
        self.library.espeak_SetParameter(RATE, WORDS_A_MINUTE, 0)

    def say(self, text: str, voice: bytes) -> "array[int]":
        """16-bit mono samples at ``rate``."""
        self.library.espeak_SetVoiceByName(voice)
        self.samples = array("h")
        raw = text.encode()
        self.library.espeak_Synth(raw, len(raw) + 1, 0, 0, 0, UTF8, None, None)
        return self.samples

    def collect(self, samples: Any, count: int, _: object) -> int:
        if samples and count:
            self.samples.frombytes(ctypes.string_at(samples, count * 2))
        return 0


@cache
def espeak() -> Espeak:
    return Espeak()


@cache
def spoken(role: str, text: str) -> "array[int]":
    """A line in the voice of its speaker."""
    return espeak().say(text, VOICES[role])


def spoken_length(role: str, text: str) -> float:
    return len(spoken(role, text)) / espeak().rate


def record(lines: Sequence[Placed], duration: float) -> bytes:
    """A stereo WAV, caller left and agent right, with every line where it is placed."""
    rate = espeak().rate
    frames = array("h", bytes(4 * round(duration * rate)))
    for line in lines:
        side = 0 if line.said.role == "user" else 1
        voice = spoken(line.said.role, line.said.text)
        kept = voice[: round((line.until - line.at) * rate)]
        first = round(line.at * rate)
        quieter = array("h", (sample // QUIETER for sample in kept))
        frames[2 * first + side : 2 * (first + len(quieter)) : 2] = quieter
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(frames.tobytes())
    return out.getvalue()
