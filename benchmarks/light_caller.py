"""Callers that cost next to nothing, so that the bot is what is measured.

Signalling, ICE and DTLS are real; the media is encoded beforehand and put on the wire
by one clock for all callers, and what comes back is looked at by its size alone.
"""

import asyncio
import json
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from aioice.ice import StunProtocol
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av import AudioFrame, CodecContext

from doubles.caller import RATE, Offer

PACKET_SECS = 0.02
_TICKS_PER_PACKET = 960
# An encrypted packet of silence is smaller than this, one of a voice is larger.
_VOICE_BYTES = 70
_LOUD = 600


def encoded(pcm: bytes) -> list[bytes]:
    """16-bit mono PCM at 16 kHz as Opus packets of 20 ms."""
    codec = CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = RATE, "mono", "s16"
    codec.bit_rate = 32_000
    size = int(RATE * PACKET_SECS)
    samples = np.frombuffer(pcm, np.int16)
    padded = np.append(samples, np.zeros(-len(samples) % size, np.int16))
    packets = []
    for start in range(0, len(padded), size):
        frame = AudioFrame.from_ndarray(
            padded[None, start : start + size], layout="mono"
        )
        frame.sample_rate, frame.pts = RATE, start
        packets += codec.encode(frame)
    return [bytes(packet) for packet in [*packets, *codec.encode(None)]]


class Voice:
    """A sentence to say: its packets, and where in it the sound begins and ends."""

    def __init__(self, pcm: bytes) -> None:
        loud = np.flatnonzero(
            np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)) > _LOUD
        )
        self.packets = encoded(pcm)
        self.begins_secs = float(loud[0]) / RATE
        self.ends_secs = float(loud[-1]) / RATE


class _NoTrack(MediaStreamTrack):
    """Keeps aiortc's own sender waiting."""

    kind = "audio"

    async def recv(self) -> Any:
        await asyncio.Event().wait()


class LightCaller:
    """One call. `latencies` are from its last sound to the first that comes back."""

    def __init__(self) -> None:
        self.answers = 0
        self.latencies: list[float] = []
        self.asked_at: list[float] = []
        self._connected = asyncio.Event()
        self._news = asyncio.Condition()
        self._pc = RTCPeerConnection()
        self._queue: deque[bytes] = deque()
        self._silence = encoded(bytes(RATE * 2 // 5))[5]
        self._fell_silent_at = 0.0
        self._sequence, self._timestamp = 0, 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def call(self, offer: Offer) -> None:
        """Connect through `offer`, which takes an SDP offer to the bot."""
        sender = self._pc.addTrack(_NoTrack())
        channel = self._pc.createDataChannel("messages", ordered=True)
        channel.on("message", self._on_message)
        self._pc.on("connectionstatechange", self._on_state)
        await self._pc.setLocalDescription(await self._pc.createOffer())
        local = self._pc.localDescription
        answer = await offer({"sdp": local.sdp, "type": local.type})
        await self._pc.setRemoteDescription(
            RTCSessionDescription(sdp=answer["sdp"], type=answer["type"])
        )
        await asyncio.wait_for(self._connected.wait(), 30)
        self._transport = sender.transport
        self._ssrc = sender._ssrc
        self._payload_type = self._pc.getTransceivers()[0]._codecs[0].payloadType
        for protocol in self._transport.transport._connection._protocols:
            _HEARERS[id(protocol)] = self._heard

    def say(self, voice: Voice) -> None:
        """Speak from the next tick on."""
        now = time.monotonic()
        self._queue.extend(voice.packets)
        self.asked_at.append(now + voice.begins_secs)
        self._fell_silent_at = now + voice.ends_secs

    async def send(self) -> None:
        """Put the next packet on the wire."""
        payload = self._queue.popleft() if self._queue else self._silence
        header = struct.pack(
            ">BBHII",
            0x80,
            self._payload_type,
            self._sequence,
            self._timestamp,
            self._ssrc,
        )
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + _TICKS_PER_PACKET) & 0xFFFFFFFF
        await self._transport._send_rtp(header + payload)

    async def wait_for_answer(self, before: int, within: float) -> int:
        """Until the page was shown more than `before` answers; how many."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: self.answers > before)
        return self.answers

    async def hang_up(self) -> None:
        for protocol in self._transport.transport._connection._protocols:
            _HEARERS.pop(id(protocol), None)
        await self._pc.close()

    def _heard(self, data: bytes) -> None:
        now = time.monotonic()
        if len(data) > _VOICE_BYTES and 0 < self._fell_silent_at < now:
            self.latencies.append(now - self._fell_silent_at)
            self._fell_silent_at = 0.0

    def _on_message(self, text: str) -> None:
        message = json.loads(text)
        if message.get("role") == "assistant" and message.get("final"):
            task = asyncio.create_task(self._note_answer())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _note_answer(self) -> None:
        async with self._news:
            self.answers += 1
            self._news.notify_all()

    def _on_state(self) -> None:
        if self._pc.connectionState == "connected":
            self._connected.set()


class Clock:
    """Sends a packet of each caller every 20 ms."""

    def __init__(self) -> None:
        self.callers: set[LightCaller] = set()
        self.late_secs: list[float] = []

    async def run(self) -> None:
        due = time.monotonic()
        while True:
            due += PACKET_SECS
            wait = due - time.monotonic()
            self.late_secs.append(max(-wait, 0.0))
            await asyncio.sleep(max(wait, 0))
            for caller in tuple(self.callers):
                try:
                    await caller.send()
                except ConnectionError:
                    self.callers.discard(caller)


_HEARERS: dict[int, Callable[[bytes], None]] = {}
_datagram_received = StunProtocol.datagram_received


def _look_at_media_alone(self: StunProtocol, data: bytes | str, addr: Any) -> None:
    hearer = _HEARERS.get(id(self))
    if hearer and isinstance(data, bytes) and 127 < data[0] < 192:
        hearer(data)
    else:
        _datagram_received(self, data, addr)


def take_over_media() -> None:
    """From here on, media that arrives in this process is not decrypted."""
    StunProtocol.datagram_received = _look_at_media_alone  # type: ignore[method-assign]
