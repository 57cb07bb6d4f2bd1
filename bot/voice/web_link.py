"""A caller in a browser: WebRTC straight to this process."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiortc.sdp import SessionDescription, candidate_from_sdp
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import IceServer as RtcIceServer

from bot.call_request import IceServer
from bot.recording import SAMPLE_RATE
from bot.voice.link import BadSignal
from bot.voice.rtc import WRITE_SECS, Connection, Transport


class WebLink:
    """One peer connection, its signalling and its data channel."""

    def __init__(self, ice_servers: Sequence[IceServer]) -> None:
        self._connection = Connection(
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
        answer = self._connection.get_answer()  # type: ignore[no-untyped-call]
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
                candidate = _candidate(item)
                await self._connection.add_ice_candidate(candidate)  # type: ignore[no-untyped-call]
        except Exception as error:
            raise BadSignal("A candidate cannot be used.") from error

    def transport(self) -> Transport:
        """The pipeline's ends."""
        return Transport(
            self._connection,
            TransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_in_sample_rate=SAMPLE_RATE,
                audio_out_sample_rate=SAMPLE_RATE,
                # The session waits for the last words itself.
                audio_out_end_silence_secs=0,
                # The transport keeps its own time.
                audio_out_write_timeout_secs=2 * WRITE_SECS,
            ),
        )

    def send(self, message: dict[str, Any]) -> None:
        """A message for the page, kept until its data channel is open."""
        self._connection.send_app_message(message)

    def quiet_secs(self) -> float | None:
        return None

    async def close(self) -> None:
        await self._connection.disconnect()  # type: ignore[no-untyped-call]


def _candidate(item: Mapping[str, Any]) -> Any:
    text = str(item["candidate"])
    if not text:
        return None
    candidate = candidate_from_sdp(text.removeprefix("candidate:"))
    candidate.sdpMid = str(item["sdpMid"])
    candidate.sdpMLineIndex = int(item["sdpMLineIndex"])
    return candidate
