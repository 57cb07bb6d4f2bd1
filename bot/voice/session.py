"""One call from the moment the api admits it until its report is on disk."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sentry_sdk
from aiohttp import web
from loguru import logger

from bot import report
from bot.call_request import CallRequest
from bot.clock import CallClock
from bot.config import Config
from bot.delivery import Delivery
from bot.live_calls import LiveCalls
from bot.offline.engines import OfflineEngines
from bot.recording import Recording
from bot.spool import Spool
from bot.turns import CallLog, Line
from bot.voice import providers
from bot.voice.conversation import Conversation
from bot.voice.keypad import Keypad
from bot.voice.link import Link
from bot.voice.phone_link import PhoneLink
from bot.voice.web_link import WebLink

_TICK_SECS = 1.0
_CHECKPOINT_EVERY = 2
# A call that was connected this long without a sound from the bot went wrong.
_SILENT_CALL_SECS = 5.0


@dataclass(frozen=True)
class Surroundings:
    """What a call needs from the process it runs in."""

    config: Config
    calls: LiveCalls
    spool: Spool
    delivery: Delivery
    engines: OfflineEngines


class CallSession:
    """A live call; `end` begins its end, `wait_finished` is after its report."""

    def __init__(self, request: CallRequest, around: Surroundings) -> None:
        self.call_id = request.call_id
        self.request = request
        self.clock = CallClock()
        self.log = CallLog()
        self.end_reason = ""
        self.failure_reason = ""
        self.last_words = ""
        self._message = ""
        self._around = around
        self._spooled = around.spool.create(request.call_id, self._upload_target())
        self._recording = (
            Recording(self._spooled.audio) if self._upload_target() else None
        )
        self.keypad = Keypad(self.clock, self.log, self.add_line)
        self._phone = (
            PhoneLink(self.keypad.press) if request.channel == "phone" else None
        )
        self._link: Link = self._phone or WebLink(request.ice_servers)
        self._is_streaming = False
        self._conversation: Conversation | None = None
        self._running: asyncio.Task[None] | None = None
        self._finished = asyncio.Event()
        self._engines = report.Engines()
        self._ticks = asyncio.create_task(self._tick())
        self._checkpoint()
        around.calls.add(self)
        if providers.uses_offline(request.agent, around.config):
            # Loading takes half a second, which is there while the page connects.
            self._warming = asyncio.create_task(around.engines.warm_up())

    @property
    def state(self) -> str:
        if self.end_reason:
            return "ending"
        return "live" if self.clock.started else "waiting"

    def summary(self) -> dict[str, str]:
        return {
            "callId": self.call_id,
            "organizationId": self.request.organization_id,
            "channel": self.request.channel,
            "startedAt": self.request.started_at,
            "state": self.state,
        }

    async def answer(self, offer: Mapping[str, Any]) -> dict[str, str]:
        """Answer a browser's offer; the first one starts the conversation."""
        answer = await self._link.answer(offer)
        if self._running is None:
            self._running = asyncio.create_task(run_bot(self))
        return answer

    def takes_stream(self) -> bool:
        """Whether a carrier may connect its sound: once, and to a phone call."""
        free = self._phone is not None and not self._is_streaming
        if free and not self.end_reason:
            self._is_streaming = True
            return True
        return False

    async def stream(self, socket: web.WebSocketResponse, stream_id: str) -> None:
        """Talk over a carrier's websocket; returns when the call is over."""
        assert self._phone is not None
        self._phone.attach(socket, stream_id)
        if self._running is None and not self._finished.is_set():
            self._running = asyncio.create_task(run_bot(self))
        await self._finished.wait()

    async def add_candidates(self, body: Mapping[str, Any]) -> None:
        await self._link.add_candidates(body)

    def connected(self) -> None:
        """The caller is there: the call's clock starts."""
        if not self.clock.started:
            self.clock.start()
            logger.info("Caller connected")
            if self._message:
                self.end("voicemail", say=self._message)

    def end(self, reason: str, failure_reason: str = "", say: str = "") -> None:
        if self.end_reason:
            return
        if reason == "voicemail" and say and not self.clock.started:
            # The machine was found out before its sound is here.
            self._message = say
            return
        self.end_reason, self.failure_reason = reason, failure_reason
        self.last_words = say
        with logger.contextualize(callId=self.call_id):
            logger.info("Call ending: {}", reason)
            if self._conversation:
                self._conversation.end(reason)
            elif self._running is None:
                self._finish()

    async def wait_said_goodbye(self) -> None:
        waiting = [asyncio.create_task(self._finished.wait())]
        if self._conversation:
            waiting.append(asyncio.create_task(self._conversation.said_goodbye.wait()))
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def wait_finished(self) -> None:
        await self._finished.wait()

    def abandon(self) -> None:
        if self._finished.is_set():
            return
        if self._recording:
            self._recording.close(self.clock.now())
        outcome = self._outcome(self.end_reason or "shutdown", self.failure_reason)
        self._spooled.write_state(self._report(outcome))

    async def run(self) -> None:
        """Hold the conversation until it ends; called by `run_bot`."""
        conversation = Conversation(self, self._link, self._around, self._recording)
        self._conversation = conversation
        self._engines = conversation.services.engines
        if self.end_reason:
            conversation.end(self.end_reason)
        try:
            await conversation.run()
        finally:
            await self._link.close()

    def finish(self) -> None:
        """Write the report and hand it over for delivery."""
        if not self._finished.is_set():
            self._finish()

    def _finish(self) -> None:
        self._ticks.cancel()
        now = self.clock.now()
        if self._recording:
            self._recording.close(now)
        outcome = self._outcome(self.end_reason or "error", self._failure(now))
        self._spooled.finish(self._report(outcome))
        self._around.calls.remove(self.call_id)
        self._around.delivery.add(self._spooled)
        self._finished.set()
        logger.info(
            "Call ended: {} after {:.1f}s", outcome.end_reason, outcome.duration_secs
        )

    def _checkpoint(self) -> None:
        """What to report if this process is not there to say how the call ended."""
        outcome = self._outcome("error", "bot_lost")
        self._spooled.write_state(self._report(outcome))

    def _failure(self, now: float) -> str:
        if self.failure_reason:
            return self.failure_reason
        if self.end_reason == "shutdown" and not self.clock.started:
            return "bot_unavailable"
        if not self.end_reason or self.end_reason == "error":
            return "bot_error"
        if now > _SILENT_CALL_SECS and not self.log.bot_was_heard:
            return "no_audio_output"
        return ""

    def _outcome(self, end_reason: str, failure_reason: str) -> report.Outcome:
        return report.Outcome(
            end_reason=end_reason,
            failure_reason=failure_reason,
            ended_at=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            duration_secs=self.clock.now(),
        )

    def _report(self, outcome: report.Outcome) -> dict[str, Any]:
        keep = self.request.agent.save_transcripts
        return report.build(self.log, outcome, self._engines, save_transcript=keep)

    def _upload_target(self) -> Any:
        return self.request.upload if self.request.agent.record else None

    async def _tick(self) -> None:
        """Once a second: write what was said, and watch the clocks."""
        waited = 0.0
        beat = 0
        patience = self.request.connect_timeout_secs
        if patience is None:
            patience = self._around.config.connect_timeout_secs
        while True:
            await asyncio.sleep(_TICK_SECS)
            beat += 1
            waited += _TICK_SECS
            if self._recording and self.clock.started:
                self._recording.flush(self.clock.now())
            if beat % _CHECKPOINT_EVERY == 0:
                self._checkpoint()
            if not self.clock.started:
                if waited >= patience:
                    self.end("never_connected", "never_connected")
            elif self.clock.now() >= self.request.agent.max_duration_secs:
                self.end("max_duration")

    def add_line(self, line: Line) -> None:
        """One more line of the transcript; the page gets it too."""
        self.log.lines.append(line)
        self._link.send(
            {"type": "transcript", "role": line.role, "text": line.text, "final": True}
        )


async def run_bot(session: CallSession) -> None:
    """Run one call; whatever happens, its report is written."""
    with (
        logger.contextualize(callId=session.call_id),
        sentry_sdk.isolation_scope() as scope,
    ):
        scope.set_tag("callId", session.call_id)
        try:
            await session.run()
        except Exception as error:
            # The border: the call is lost, the process and its other calls are not.
            logger.error("Call failed: {}", type(error).__name__)
            sentry_sdk.capture_exception(error)
            session.end_reason = session.end_reason or "error"
            session.failure_reason = session.failure_reason or "bot_error"
        finally:
            session.finish()
