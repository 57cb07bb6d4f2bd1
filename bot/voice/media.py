"""A web call's sound on the wire, for less than a tenth of what aiortc spends on it.

aiortc sends 100 packets a second through a resampler, an encoder for stereo music and a
thread, and decodes in a thread of each call's own. This sends 50, made of 16 kHz mono,
of which those of silence are made once; and it decodes in the loop, to mono. Going to
a thread and back costs more than the work, 50 times a second in every call.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any, cast

import numpy as np
from aiortc.codecs import get_decoder
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from av import AudioFrame, AudioResampler, CodecContext, FFmpegError
from av.audio.codeccontext import AudioCodecContext
from av.packet import Packet
from loguru import logger

from bot.recording import SAMPLE_RATE

PACKET_SECS = 0.02
# The clock of Opus on the wire, whatever was encoded.
_WIRE_RATE = 48_000
_WIRE_BASE = Fraction(1, _WIRE_RATE)
_WIRE_TICKS = round(_WIRE_RATE * PACKET_SECS)
_PACKET_BYTES = round(SAMPLE_RATE * PACKET_SECS) * 2
_BIT_RATE = 32_000
# A voice's last packets go through the encoder, so that it fades and does not click.
_TAIL_PACKETS = 5
# This much lies ready, so that a busy loop does not tear a word apart.
_AHEAD_BYTES = 3 * _PACKET_BYTES
# Later than this and the clock starts anew: a burst would only fill jitter buffers.
_MOST_LATE_SECS = 0.5


def _opus(mode: str) -> AudioCodecContext:
    codec = cast(AudioCodecContext, CodecContext.create("libopus", mode))  # type: ignore[call-overload]
    codec.format, codec.layout = "s16", "mono"
    codec.sample_rate = SAMPLE_RATE if mode == "w" else _WIRE_RATE
    return codec


class Encoder:
    """16 kHz mono PCM to Opus, 20 ms at a time."""

    def __init__(self) -> None:
        self._codec = _opus("w")
        self._codec.bit_rate = _BIT_RATE
        self._codec.options = {"application": "voip"}
        self._sent = 0

    def encode(self, pcm: bytes) -> bytes:
        samples = np.frombuffer(pcm, np.int16)
        frame = AudioFrame.from_ndarray(samples[None, :], layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, self._sent
        self._sent += len(samples)
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


@cache
def silence() -> bytes:
    """A packet of silence."""
    encoder = Encoder()
    return [encoder.encode(bytes(_PACKET_BYTES)) for _ in range(_TAIL_PACKETS)][-1]


class Mouth(MediaStreamTrack):
    """What the bot says, as packets, in real time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._encoder = Encoder()
        self._pcm = bytearray()
        self._chunks: deque[tuple[int, asyncio.Future[float | None], float]] = deque()
        self._queued, self._played = 0, 0
        self._tail = 0
        self._due = 0.0
        self._timestamp = 0

    def play(self, pcm: bytes) -> "asyncio.Future[float | None]":
        """Play 16-bit mono PCM after what there is.

        Returns:
            Done when it is time for more; the `time.monotonic()` at which this begins.
        """
        ready: asyncio.Future[float | None] = asyncio.get_running_loop().create_future()
        before = len(self._pcm) / 2 / SAMPLE_RATE
        begins = max(self._due, time.monotonic()) + before
        self._pcm += pcm
        self._queued += len(pcm)
        self._chunks.append((self._queued, ready, begins))
        self._ask_for_more()
        return ready

    async def recv(self) -> Any:
        """The next 20 ms, when they are due."""
        now = time.monotonic()
        if now - self._due > _MOST_LATE_SECS:
            self._due = now
        elif self._due > now:
            await asyncio.sleep(self._due - now)
        self._due += PACKET_SECS
        packet = Packet(self._next())
        packet.pts, packet.time_base = self._timestamp, _WIRE_BASE
        self._timestamp += _WIRE_TICKS
        return packet

    def _next(self) -> bytes:
        if self._pcm:
            pcm = bytes(self._pcm[:_PACKET_BYTES])
            del self._pcm[:_PACKET_BYTES]
            self._played += len(pcm)
            self._ask_for_more()
            self._tail = _TAIL_PACKETS
            return self._encoder.encode(pcm.ljust(_PACKET_BYTES, b"\0"))
        if self._tail:
            self._tail -= 1
            return self._encoder.encode(bytes(_PACKET_BYTES))
        return silence()

    def _ask_for_more(self) -> None:
        while self._chunks and self._chunks[0][0] <= self._played + _AHEAD_BYTES:
            _, ready, begins = self._chunks.popleft()
            if not ready.done():
                ready.set_result(begins)


class Ear:
    """Stands where a receiver puts its frames for its thread, and decodes them.

    `hear` gets 16 kHz mono PCM.
    """

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear
        self._thread: Any = None
        self._codec_name = ""
        self._decoder: Any = None
        self._resampler = AudioResampler("s16", "mono", SAMPLE_RATE)

    def attach(self, receiver: RTCRtpReceiver) -> None:
        """Take over a receiver; its thread waits for its end."""
        name = "_RTCRtpReceiver__decoder_queue"
        self._thread = getattr(receiver, name)
        setattr(receiver, name, self)
        receiver._enabled = True

    def put(self, task: tuple[Any, Any] | None) -> None:
        """What the receiver calls: a codec and a frame, or nothing at the end."""
        if task is None:
            self._thread.put(None)
            return
        codec, frame = task
        try:
            for decoded in self._decode(codec, frame):
                for piece in self._resampler.resample(decoded):
                    # The plane is as long as its memory, which is aligned.
                    self._hear(bytes(piece.planes[0])[: piece.samples * 2])
        except FFmpegError as error:
            # What cannot be decoded is lost like a packet that never came.
            logger.warning("A packet of sound was damaged: {}", type(error).__name__)

    def _decode(self, codec: Any, frame: Any) -> list[AudioFrame]:
        if codec.name != self._codec_name:
            self._codec_name = codec.name
            self._decoder = _opus("r") if codec.name == "opus" else get_decoder(codec)
        if codec.name != "opus":
            return cast(list[AudioFrame], self._decoder.decode(frame))
        packet = Packet(frame.data)
        packet.pts, packet.time_base = frame.timestamp, _WIRE_BASE
        return cast(list[AudioFrame], self._decoder.decode(packet))
