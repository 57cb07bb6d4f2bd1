"""A caller in a browser: WebRTC straight to this process."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiortc.sdp import candidate_from_sdp
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import IceServer as RtcIceServer
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport

from bot.call_request import IceServer
from bot.recording import SAMPLE_RATE


class BadSignal(Exception):
    """An offer or a candidate that cannot be used."""


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
        return SmallWebRTCTransport(
            self._connection,
            TransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_in_sample_rate=SAMPLE_RATE,
                audio_out_sample_rate=SAMPLE_RATE,
                # The session waits for the last words itself.
                audio_out_end_silence_secs=0,
            ),
        )

    def send(self, message: dict[str, Any]) -> None:
        """A message for the page, kept until its data channel is open."""
        self._connection.send_app_message(message)

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
