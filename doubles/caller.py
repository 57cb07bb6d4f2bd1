"""A caller with a real WebRTC connection: speaks PCM, keeps what it hears."""

import asyncio
import fractions
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler

RATE = 16_000
_FRAME = RATE // 50

Offer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Microphone(MediaStreamTrack):
    """Silence in real time, and what it is given to say."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._samples = bytearray()
        self._sent = 0
        self._start = 0.0
        self.silent = asyncio.Event()
        self.silent.set()
        self.spoken_at: list[float] = []

    def say(self, pcm: bytes) -> None:
        """Speak 16-bit mono PCM at 16 kHz, after what is being said.

        `spoken_at` gets the moment at which its first sample leaves.
        """
        queued = len(self._samples) // 2
        self._samples += pcm
        self.silent.clear()
        # A process without time to spare sends late, not early.
        now = max(self._start + self._sent / RATE, time.monotonic())
        self.spoken_at.append(now + queued / RATE)

    async def recv(self) -> AudioFrame:
        if not self._start:
            self._start = time.monotonic()
        wait = self._start + self._sent / RATE - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        chunk = bytes(self._samples[: _FRAME * 2]).ljust(_FRAME * 2, b"\0")
        del self._samples[: _FRAME * 2]
        if not self._samples:
            self.silent.set()
        frame = AudioFrame.from_ndarray(
            np.frombuffer(chunk, np.int16)[None, :], layout="mono"
        )
        frame.sample_rate = RATE
        frame.pts = self._sent
        frame.time_base = fractions.Fraction(1, RATE)
        self._sent += _FRAME
        return frame


class Caller:
    """One call. `heard` holds 16 kHz mono PCM from the first frame on."""

    def __init__(self, *, has_page: bool = True) -> None:
        self.microphone = Microphone()
        self._has_page = has_page
        self.heard = bytearray()
        self.heard_since = 0.0
        self.messages: list[dict[str, Any]] = []
        self.connected = asyncio.Event()
        self.ended = asyncio.Event()
        self._news = asyncio.Condition()
        self._pc = RTCPeerConnection()
        self._tasks: list[asyncio.Task[None]] = []

    async def call(self, offer: Offer) -> None:
        """Connect through `offer`, which takes an SDP offer to the bot."""
        self._pc.addTrack(self.microphone)
        if self._has_page:
            channel = self._pc.createDataChannel("messages", ordered=True)
            channel.on("message", self._on_message)
        self._pc.on("track", self._on_track)
        self._pc.on("connectionstatechange", self._on_state)
        await self._pc.setLocalDescription(await self._pc.createOffer())
        local = self._pc.localDescription
        answer = await offer({"sdp": local.sdp, "type": local.type})
        await self._pc.setRemoteDescription(
            RTCSessionDescription(sdp=answer["sdp"], type=answer["type"])
        )
        await asyncio.wait_for(self.connected.wait(), 15)

    async def hang_up(self) -> None:
        await self._pc.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_for_message(
        self, fits: Callable[[dict[str, Any]], bool], within: float = 15
    ) -> dict[str, Any]:
        """The first message, past or to come, that fits."""
        async with asyncio.timeout(within), self._news:
            while True:
                for message in self.messages:
                    if fits(message):
                        return message
                await self._news.wait()

    async def wait_for_line(self, role: str, text: str, within: float = 15) -> None:
        """Until the page was shown a final line with this text."""
        await self.wait_for_message(
            lambda m: (
                m.get("type") == "transcript"
                and bool(m["final"])
                and m["role"] == role
                and text in m["text"]
            ),
            within,
        )

    def sound_secs(self) -> float:
        """How long there was a sound in what was heard."""
        samples = np.abs(np.frombuffer(bytes(self.heard), np.int16).astype(np.int32))
        frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
        return float((frames.max(axis=1) > 500).sum()) * _FRAME / RATE

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._hear(track)))

    async def _hear(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler("s16", "mono", RATE)
        try:
            while True:
                frame = await track.recv()
                if not self.heard_since:
                    self.heard_since = time.monotonic()
                for piece in resampler.resample(cast(AudioFrame, frame)):
                    self.heard += piece.to_ndarray().astype(np.int16).tobytes()
        except MediaStreamError:
            self.ended.set()

    def _on_message(self, text: str) -> None:
        self._tasks.append(asyncio.create_task(self._note(json.loads(text))))

    async def _note(self, message: dict[str, Any]) -> None:
        async with self._news:
            self.messages.append(message)
            self._news.notify_all()
        if message.get("type") == "state" and message.get("state") == "ended":
            self.ended.set()

    def _on_state(self) -> None:
        if self._pc.connectionState == "connected":
            self.connected.set()
        elif self._pc.connectionState in ("closed", "failed"):
            self.ended.set()
