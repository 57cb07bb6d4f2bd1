"""A caller in a browser: WebRTC straight to this process."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiortc.sdp import SessionDescription, candidate_from_sdp
from pipecat.frames.frames import OutputAudioRawFrame
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import IceServer as RtcIceServer
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import (
    SmallWebRTCOutputTransport,
    SmallWebRTCTransport,
)

from bot.call_request import IceServer
from bot.recording import SAMPLE_RATE
from bot.voice.link import BadSignal

# A peer that takes nothing for this long has gone without a word.
_WRITE_SECS = 10.0


class _Output(SmallWebRTCOutputTransport):
    """Stops waiting for a chunk to be played when the caller has left.

    pipecat waits until its track was read, which nobody does after a hang-up in
    the middle of a sentence: the pipeline would stand still for ten seconds.
    """

    def __init__(
        self, client: Any, params: TransportParams, left: asyncio.Event
    ) -> None:
        super().__init__(client, params)
        self._left = left
        self._watch: asyncio.Task[bool] | None = None

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        if self._left.is_set():
            return False
        if self._watch is None:
            self._watch = asyncio.create_task(self._left.wait())
        write = asyncio.ensure_future(super().write_audio_frame(frame))
        try:
            await asyncio.wait(
                {write, self._watch},
                timeout=_WRITE_SECS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            return write.done() and write.result()
        finally:
            write.cancel()

    async def cleanup(self) -> None:
        await super().cleanup()  # type: ignore[no-untyped-call]
        if self._watch:
            self._watch.cancel()


class _Transport(SmallWebRTCTransport):
    """A transport whose output notices that the caller has left."""

    def __init__(
        self, connection: SmallWebRTCConnection, params: TransportParams
    ) -> None:
        super().__init__(connection, params)
        self.left = asyncio.Event()

    def output(self) -> SmallWebRTCOutputTransport:
        if not self._output:
            self._output = _Output(self._client, self._params, self.left)
        return self._output

    async def _on_client_disconnected(self, webrtc_connection: Any) -> None:
        self.left.set()
        await super()._on_client_disconnected(  # type: ignore[no-untyped-call]
            webrtc_connection
        )


class WebLink:
    """One peer connection, its signalling and its data channel."""

    def __init__(self, ice_servers: Sequence[IceServer]) -> None:
        self._connection = SmallWebRTCConnection(
            ice_servers=[
                RtcIceServer(
                    urls=list(server.urls),
                    username=server.username or None,
                    credential=server.credential or None,
                )
                for server in ice_servers
            ]
        )
        self._answered = False

    async def answer(self, offer: Mapping[str, Any]) -> dict[str, str]:
        """Answer an offer; a second one moves the call to a new connection.

        Raises:
            BadSignal: the offer is not one.
        """
        sdp = offer.get("sdp")
        if not isinstance(sdp, str) or offer.get("type") != "offer":
            raise BadSignal('An offer takes "sdp" and "type": "offer".')
        try:
            # aiortc takes any text for a session without media.
            media = SessionDescription.parse(sdp).media
            if not any(part.kind == "audio" for part in media):
                raise ValueError("no audio")
            if self._answered:
                same = offer.get("pcId") == self._connection.pc_id
                restart = bool(offer.get("restartPc")) or not same
                await self._connection.renegotiate(sdp, "offer", restart_pc=restart)
            else:
                await self._connection.initialize(sdp, "offer")
        except Exception as error:
            # aiortc raises whatever its parser trips over.
            raise BadSignal("The offer's SDP cannot be used.") from error
        self._answered = True
        answer = self._connection.get_answer()
        if answer is None:
            raise BadSignal("The offer's SDP cannot be answered.")
        return {"sdp": answer["sdp"], "type": "answer", "pcId": answer["pc_id"]}

    async def add_candidates(self, body: Mapping[str, Any]) -> None:
        """Take ICE candidates that came after the offer.

        Raises:
            BadSignal: they are not candidates, or for another connection.
        """
        if body.get("pcId") not in (None, self._connection.pc_id):
            raise BadSignal("These candidates are for another connection.")
        try:
            for item in body.get("candidates") or ():
                await self._connection.add_ice_candidate(_candidate(item))
        except Exception as error:
            raise BadSignal("A candidate cannot be used.") from error

    def transport(self) -> SmallWebRTCTransport:
        """The pipeline's ends."""
        return _Transport(
            self._connection,
            TransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_in_sample_rate=SAMPLE_RATE,
                audio_out_sample_rate=SAMPLE_RATE,
                # The session waits for the last words itself.
                audio_out_end_silence_secs=0,
                # `_Output` keeps its own time.
                audio_out_write_timeout_secs=2 * _WRITE_SECS,
            ),
        )

    def send(self, message: dict[str, Any]) -> None:
        """A message for the page, kept until its data channel is open."""
        self._connection.send_app_message(message)

    def quiet_secs(self) -> float | None:
        return None

    async def close(self) -> None:
        await self._connection.disconnect()


def _candidate(item: Mapping[str, Any]) -> Any:
    text = str(item["candidate"])
    if not text:
        return None
    candidate = candidate_from_sdp(text.removeprefix("candidate:"))
    candidate.sdpMid = str(item["sdpMid"])
    candidate.sdpMLineIndex = int(item["sdpMLineIndex"])
    return candidate
