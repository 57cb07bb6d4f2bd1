"""A caller on a telephone: mu-law over the carrier's websocket, both ways."""

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from aiohttp import WSMsgType, web
from pipecat.frames.frames import Frame, InputAudioRawFrame, InputDTMFFrame
from pipecat.serializers.plivo import PlivoFrameSerializer
from pipecat.transports.base_transport import BaseTransport
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from starlette.websockets import WebSocketState

from bot.recording import SAMPLE_RATE
from bot.voice.link import BadSignal

# A sample above this is a voice or a tone and not the noise of a line.
_LOUD = 800
_CLOSE_SECS = 2.0


class _Socket:
    """An aiohttp websocket with the face that pipecat's transport knows."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self.headers: Mapping[str, str] = {}

    @property
    def client_state(self) -> WebSocketState:
        closed = self._socket.closed
        return WebSocketState.DISCONNECTED if closed else WebSocketState.CONNECTED

    application_state = client_state

    async def receive(self) -> dict[str, Any]:
        message = await self._socket.receive()
        if message.type is WSMsgType.TEXT:
            return {"type": "websocket.receive", "text": message.data}
        if message.type is WSMsgType.BINARY:
            return {"type": "websocket.receive", "bytes": message.data}
        return {"type": "websocket.disconnect"}

    async def send_text(self, text: str) -> None:
        await self._socket.send_str(text)

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_bytes(data)

    async def close(self) -> None:
        await self._socket.close()


class _Serializer(PlivoFrameSerializer):
    """Plivo's messages. The api hangs up at the carrier, which has its secrets."""

    def __init__(self, stream_id: str, link: "PhoneLink") -> None:
        params = PlivoFrameSerializer.InputParams(auto_hang_up=False)
        super().__init__(stream_id, params=params)
        self._link = link

    async def deserialize(self, data: str | bytes) -> Frame | None:
        frame = await super().deserialize(data)
        if isinstance(frame, InputAudioRawFrame):
            self._link.heard(frame.audio)
        elif isinstance(frame, InputDTMFFrame):
            self._link.on_digit(str(frame.button.value))
            return None
        return frame


class PhoneLink:
    """One telephone line, once the carrier has connected its sound."""

    def __init__(self, on_digit: Callable[[str], None]) -> None:
        self.on_digit = on_digit
        self._socket: web.WebSocketResponse | None = None
        self._stream_id = ""
        self._last_sound = 0.0

    def attach(self, socket: web.WebSocketResponse, stream_id: str) -> None:
        """The carrier's websocket, after its first message."""
        self._socket, self._stream_id = socket, stream_id
        self._last_sound = time.monotonic()

    async def answer(self, offer: Mapping[str, Any]) -> dict[str, str]:
        raise BadSignal("This call comes over a telephone line.")

    async def add_candidates(self, body: Mapping[str, Any]) -> None:
        raise BadSignal("This call comes over a telephone line.")

    def transport(self) -> BaseTransport:
        assert self._socket is not None
        return FastAPIWebsocketTransport(
            cast("Any", _Socket(self._socket)),
            FastAPIWebsocketParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_in_sample_rate=SAMPLE_RATE,
                audio_out_sample_rate=SAMPLE_RATE,
                # The session waits for the last words itself.
                audio_out_end_silence_secs=0,
                serializer=_Serializer(self._stream_id, self),
                allowed_origins=[],
                ws_close_timeout=_CLOSE_SECS,
            ),
        )

    def heard(self, pcm: bytes) -> None:
        """Sound from the line, loud or not."""
        if np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)).max(initial=0) > _LOUD:
            self._last_sound = time.monotonic()

    def quiet_secs(self) -> float | None:
        return time.monotonic() - self._last_sound

    def send(self, message: dict[str, Any]) -> None:
        """A telephone shows nothing."""

    async def close(self) -> None:
        if self._socket and not self._socket.closed:
            await self._socket.close()
