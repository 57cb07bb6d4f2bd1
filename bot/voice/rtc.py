"""pipecat's WebRTC transport, with as few steps per packet as it can have."""

import asyncio
from typing import Any

from aiortc.rtcrtpreceiver import RTCRtpReceiver
from pipecat.frames.frames import InputAudioRawFrame, OutputAudioRawFrame
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import (
    AUDIO_TRANSCEIVER_INDEX,
    SmallWebRTCConnection,
)
from pipecat.transports.smallwebrtc.transport import (
    SmallWebRTCInputTransport,
    SmallWebRTCOutputTransport,
    SmallWebRTCTransport,
)

from bot.recording import SAMPLE_RATE
from bot.voice.media import Ear, Mouth
from bot.voice.observer import BEGINS_AT

# A peer that takes nothing for this long has gone without a word.
WRITE_SECS = 10.0
# Packets that go through the pipeline together, where so many are waiting.
_TOGETHER = 10


class Connection(SmallWebRTCConnection):
    """A peer connection. `heard` has what the peer says as 16 kHz mono PCM."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.mouth: Mouth | None = None
        self._listened_to: RTCRtpReceiver | None = None

    def audio_input_track(self) -> Any:
        """Called once the pipeline is there to hear it."""
        track = super().audio_input_track()  # type: ignore[no-untyped-call]
        if track and track._receiver is not self._listened_to:
            self._listened_to = track._receiver
            Ear(self.heard.put_nowait).attach(track._receiver)
        return track

    def replace_audio_track(self, track: Any) -> None:
        """Speak through a track of our own, where the peer takes Opus."""
        codecs = self._pc.getTransceivers()[AUDIO_TRANSCEIVER_INDEX]._codecs
        self.mouth = Mouth() if codecs and codecs[0].name == "opus" else None
        super().replace_audio_track(self.mouth or track)  # type: ignore[no-untyped-call]


async def next_sound(heard: asyncio.Queue[bytes]) -> bytes:
    """The next packet, and in one piece with it those that are waiting already: a loop
    that is late catches up by passing them through the pipeline together."""
    pcm = await heard.get()
    for _ in range(min(heard.qsize(), _TOGETHER - 1)):
        pcm += heard.get_nowait()
    return pcm


class _Input(SmallWebRTCInputTransport):
    """Pushes what was heard without a queue and two tasks in between."""

    def __init__(self, heard: asyncio.Queue[bytes], *given: Any) -> None:
        super().__init__(*given)
        self._heard = heard

    async def _receive_audio(self) -> None:
        while True:
            pcm = await next_sound(self._heard)
            if not self._paused:
                await self.push_frame(InputAudioRawFrame(pcm, SAMPLE_RATE, 1))


class _Output(SmallWebRTCOutputTransport):
    """Stops waiting for a chunk to be played when the caller has left.

    pipecat waits until its track was read, which nobody does after a hang-up in
    the middle of a sentence: the pipeline would stand still for ten seconds.
    """

    def __init__(self, connection: Connection, *given: Any) -> None:
        super().__init__(*given)
        self._connection = connection
        self._playing: asyncio.Future[float | None] | None = None
        self._left = False

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        if self._left or not self._client._can_send():
            return False
        if not self._connection.mouth:
            return bool(await super().write_audio_frame(frame))
        playing = self._playing = self._connection.mouth.play(frame.audio)
        timer = asyncio.get_running_loop().call_later(WRITE_SECS, _give_up, playing)
        try:
            begins = await playing
        finally:
            timer.cancel()
        frame.metadata[BEGINS_AT] = begins
        return begins is not None

    def leave(self) -> None:
        """The caller has left: nothing will be played any more."""
        self._left = True
        if self._playing:
            _give_up(self._playing)


class Transport(SmallWebRTCTransport):
    """A transport whose output notices that the caller has left."""

    def __init__(self, connection: Connection, params: TransportParams) -> None:
        super().__init__(connection, params)
        self._connection = connection

    def input(self) -> SmallWebRTCInputTransport:
        if not self._input:
            self._input = _Input(self._connection.heard, self._client, self._params)
        return self._input

    def output(self) -> SmallWebRTCOutputTransport:
        if not self._output:
            self._output = _Output(self._connection, self._client, self._params)
        return self._output

    async def _on_client_disconnected(self, webrtc_connection: Any) -> None:
        if isinstance(self._output, _Output):
            self._output.leave()
        await super()._on_client_disconnected(  # type: ignore[no-untyped-call]
            webrtc_connection
        )


def _give_up(playing: "asyncio.Future[float | None]") -> None:
    if not playing.done():
        playing.set_result(None)
