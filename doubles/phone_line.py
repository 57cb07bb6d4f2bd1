"""One telephone call as Plivo runs it: our XML, and sound over our websocket."""

import asyncio
import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import aiohttp
import numpy as np

from doubles import mulaw

if TYPE_CHECKING:
    from doubles.plivo import Plivo

_FRAME = mulaw.RATE // 50
_SOUND = 500


@dataclass
class Urls:
    """Where Plivo tells what happens."""

    answer: str
    hangup: str
    ring: str = ""
    machine: str = ""


@dataclass(eq=False)
class Line:
    """A call. ``heard`` is the agent as 8 kHz PCM; ``spoken``, what Plivo said."""

    plivo: "Plivo"
    from_number: str
    to_number: str
    direction: str
    urls: Urls
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    heard: bytearray = field(default_factory=bytearray)
    spoken: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    cleared: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    talking: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stream_status: int = 101
    _voice: bytearray = field(default_factory=bytearray)
    _socket: aiohttp.ClientWebSocketResponse | None = None
    _running: asyncio.Task[None] | None = None
    _is_over: bool = False

    def say(self, pcm: bytes, rate: int = 16_000) -> None:
        """Speak into the telephone."""
        self._voice += mulaw.encode(pcm, rate)

    async def press(self, digit: str) -> None:
        """Press a key of the telephone."""
        await self._send(
            {"event": "dtmf", "dtmf": {"track": "inbound", "digit": digit}}
        )

    async def hang_up(self) -> None:
        """The person hangs up."""
        await self.end("Normal Hangup", "4000", "completed")

    def sound_secs(self) -> float:
        """How long there was a sound in what was heard."""
        samples = np.abs(np.frombuffer(bytes(self.heard), np.int16).astype(np.int32))
        frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
        return float((frames.max(axis=1, initial=0) > _SOUND).sum()) * 0.02

    async def tell(self, url: str, **more: str) -> str:
        """One callback, where there is somebody to tell; the answer's body."""
        if not url:
            return ""
        body = {
            "CallUUID": self.uuid,
            "From": self.from_number,
            "To": self.to_number,
            "Direction": self.direction,
            **more,
        }
        return await self.plivo.post(url, body)

    async def pick_up(self) -> None:
        """Answer, and do what we are told until the call is over."""
        self.answered.set()
        inbound = self.direction == "inbound"
        xml = await self.tell(
            self.urls.answer, CallStatus="ringing" if inbound else "in-progress"
        )
        self.follow(xml)

    def follow(self, xml: str) -> None:
        """Do what an XML document says, instead of what is being done."""
        if self._running:
            self._running.cancel()
        self.answers.append(xml)
        self._running = asyncio.create_task(self._execute(xml))

    async def end(self, cause: str, code: str, status: str) -> None:
        """The call is over, for whatever reason."""
        if self._is_over:
            return
        self._is_over = True
        if self._running and self._running is not asyncio.current_task():
            self._running.cancel()
        if self._socket:
            await self._socket.close()
        billed = "1" if self.answered.is_set() else "0"
        more = {"HangupCause": cause, "HangupCauseCode": code, "CallStatus": status}
        if not self.plivo.forgets_hangups:
            await self.tell(self.urls.hangup, BillDuration=billed, **more)
        self.ended.set()

    async def _execute(self, xml: str) -> None:
        # Our own answer.
        for element in ElementTree.fromstring(xml or "<Response/>"):
            if element.tag == "Speak":
                self.spoken.append(element.text or "")
            elif element.tag == "Stream":
                await self._stream(element.text or "")
            elif element.tag == "Dial":
                await self._dial(element)
            elif element.tag == "Hangup":
                break
        await self.end("End Of XML Instructions", "4010", "completed")

    async def _dial(self, dial: ElementTree.Element) -> None:
        number = dial.findtext("Number") or ""
        person = self.plivo.person(number)
        if confirm := dial.get("confirmSound"):
            spoken = ElementTree.fromstring(await self.tell(confirm))
            person.was_told.append(spoken.findtext("Speak") or "")
        answers = person.outcome == "answers"
        if answers:
            person.talks.set()
            await person.is_done.wait()
        status = "completed" if answers else "no-answer"
        xml = await self.tell(str(dial.get("action")), DialStatus=status)
        self.answers.append(xml)
        await self._execute(xml)

    async def _stream(self, url: str) -> None:
        """Sound both ways until our side closes the websocket."""
        try:
            self._socket = await self.plivo.http.ws_connect(url)
        except aiohttp.WSServerHandshakeError as error:
            self.stream_status = error.status
            return
        start = {"callId": self.uuid, "streamId": f"stream-{self.uuid}"}
        await self._send({"event": "start", "sequenceNumber": 0, "start": start})
        speaking = asyncio.create_task(self._speak())
        self.talking.set()
        try:
            async for message in self._socket:
                self._take(json.loads(message.data))
        finally:
            speaking.cancel()
            self._socket = None

    async def _speak(self) -> None:
        """A frame every 20 ms: what is to be said, else silence."""
        loop = asyncio.get_running_loop()
        at = loop.time()
        while True:
            frame = bytes(self._voice[:_FRAME]).ljust(_FRAME, mulaw.SILENCE)
            del self._voice[:_FRAME]
            payload = base64.b64encode(frame).decode()
            media = {"track": "inbound", "payload": payload}
            await self._send({"event": "media", "media": media})
            at += 0.02
            await asyncio.sleep(max(at - loop.time(), 0))

    def _take(self, message: dict[str, Any]) -> None:
        if message["event"] == "playAudio":
            media = message["media"]
            assert media["contentType"] == "audio/x-mulaw"
            assert int(media["sampleRate"]) == mulaw.RATE
            self.heard += mulaw.decode(base64.b64decode(media["payload"]))
        elif message["event"] == "clearAudio":
            self.cleared += 1

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket and not self._socket.closed:
            await self._socket.send_json(message | {"streamId": f"stream-{self.uuid}"})
