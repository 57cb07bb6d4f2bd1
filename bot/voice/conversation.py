"""A running pipeline and the ways to steer it."""

import asyncio
from typing import TYPE_CHECKING, Any

import sentry_sdk
from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    FunctionCallResultProperties,
    InterruptionFrame,
    LLMRunFrame,
    TTSSpeakFrame,
)
from pipecat.processors.aggregators.llm_response_universal import (
    AssistantTurnStoppedMessage,
    LLMUserAggregatorParams,
    UserTurnStoppedMessage,
)
from pipecat.services.llm_service import FunctionCallParams
from pipecat.workers.runner import WorkerRunner

from bot.call_request import fill
from bot.phrases import APOLOGY, FAREWELLS
from bot.recording import Recording
from bot.turns import Line
from bot.voice import pipeline, providers
from bot.voice.link import Link
from bot.voice.observer import CallObserver

if TYPE_CHECKING:
    from bot.voice.session import CallSession, Surroundings

# Until a farewell is on its way; a voice that takes longer is not coming.
_FAREWELL_STARTS_SECS = 8.0
_FAREWELL_ENDS_SECS = 30.0
# The caller's device plays out what is still in its jitter buffer.
_PLAYOUT_TAIL_SECS = 0.4
_CLOSE_SECS = 5.0
# A page that is still connecting is waited for, to be told what went wrong.
_CONNECT_SECS = 10.0
# A machine is done with its greeting when it has been silent for so long.
_MACHINE_PAUSE_SECS = 2.0
_MACHINE_GREETS_SECS = 30.0
_TOLERATED_LLM_ERRORS = 2


class Conversation:
    """Talks to one caller."""

    def __init__(
        self,
        session: "CallSession",
        link: Link,
        around: "Surroundings",
        recording: Recording | None,
    ) -> None:
        self._session = session
        self._link = link
        self._config = around.config
        self._agent = session.request.agent
        prompt = pipeline.system_prompt(self._agent, self._fill(self._agent.prompt))
        self.services = providers.build(
            self._agent, around.config, around.engines, prompt
        )
        self._observer = CallObserver(
            session.clock, session.log, recording, self._tell_page
        )
        self._observer.kinds = self.services.kinds
        self._call: pipeline.CallPipeline | None = None
        self._muted = False
        self._llm_errors = 0
        self._farewell = ""
        self._caller_came = asyncio.Event()
        self._caller_left = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        self.said_goodbye = asyncio.Event()

    async def run(self) -> None:
        """From the first frame to the last."""
        listening = await asyncio.to_thread(
            pipeline.load_listening, self._agent, self._config.turn_detection
        )
        if self._ending:
            return
        transport = self._link.transport()
        self._call = pipeline.build(
            transport,
            self.services,
            listening,
            self._observer,
            LLMUserAggregatorParams(
                user_idle_timeout=self._agent.idle_timeout_secs,
                user_mute_strategies=[pipeline.MuteWhile(lambda: self._muted)],
            ),
        )
        self._listen_to(transport)
        self.services.llm.register_function("end_call", self._end_call)
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(self._call.worker)
        self._session.keypad.queue = self._call.worker.queue_frames
        try:
            await runner.run()
        finally:
            self._session.keypad.close()
            self._ended.set()
            self.said_goodbye.set()

    def end(self, reason: str) -> None:
        """Say why, wait until it was heard, close."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(reason))

    async def _end(self, reason: str) -> None:
        self._session.keypad.queue = None
        if reason == "error" and self._call:
            await self._unless_left(self._caller_came, _CONNECT_SECS)
        farewell = self._fill(self._session.last_words)
        farewell = farewell or self._farewell or FAREWELLS.get(reason, "")
        speaks = farewell and self._session.clock.started
        if speaks and not self._caller_left.is_set():
            if reason == "voicemail":
                await self._hear_out()
            # The model's own goodbye follows what it is saying; ours cuts in.
            await self._say_last(farewell, cut_in=reason != "agent_hangup")
        self.said_goodbye.set()
        self._tell_page({"type": "state", "state": "ended", "reason": reason})
        if self._call is None:
            # Still loading; `run` meets a session that has ended.
            return
        worker = self._call.worker
        await worker.queue_frames([InterruptionFrame(), EndFrame(reason=reason)])
        try:
            await asyncio.wait_for(self._ended.wait(), _CLOSE_SECS)
        except TimeoutError:
            logger.warning("Pipeline did not end by itself: cancelled")
            await worker.cancel(reason=reason)

    async def _say_last(self, text: str, *, cut_in: bool) -> None:
        """Speak and wait until it was played out, the caller left, or it fails."""
        assert self._call is not None
        observer, worker = self._observer, self._call.worker
        if cut_in:
            await self._cut_in()
        else:
            await self._unless_left(observer.speech_stopped, _FAREWELL_ENDS_SECS)
        self._muted = True
        observer.speech_started.clear()
        await worker.queue_frame(TTSSpeakFrame(text))
        if not await self._unless_left(observer.speech_started, _FAREWELL_STARTS_SECS):
            logger.warning("The farewell was not spoken")
            return
        await self._unless_left(observer.speech_stopped, _FAREWELL_ENDS_SECS)
        await asyncio.sleep(_PLAYOUT_TAIL_SECS)

    async def _cut_in(self) -> None:
        """Stop what the bot is saying."""
        assert self._call is not None
        self._observer.interrupted.clear()
        await self._call.worker.queue_frame(InterruptionFrame())
        await self._unless_left(self._observer.interrupted, 2.0)

    async def _hear_out(self) -> None:
        """Say nothing until a machine's greeting is over."""
        self._muted = True
        await self._cut_in()
        waited = 0.0
        while waited < _MACHINE_GREETS_SECS and not self._caller_left.is_set():
            quiet = self._link.quiet_secs()
            if quiet is None or quiet >= _MACHINE_PAUSE_SECS:
                return
            await asyncio.sleep(0.1)
            waited += 0.1

    async def _unless_left(self, event: asyncio.Event, secs: float) -> bool:
        """Wait for an event; False when time is up or nobody listens any more."""
        tasks = [
            asyncio.create_task(waited.wait())
            for waited in (event, self._caller_left, self._ended)
        ]
        await asyncio.wait(tasks, timeout=secs, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        return event.is_set()

    def _listen_to(self, transport: Any) -> None:
        """Connect what happens in the pipeline to what it means for the call."""
        assert self._call is not None
        transport.add_event_handler("on_client_connected", self._on_connected)
        transport.add_event_handler("on_client_disconnected", self._on_left)
        self._call.user.add_event_handler("on_user_turn_stopped", self._on_user_turn)
        self._call.user.add_event_handler("on_user_turn_idle", self._on_idle)
        self._call.assistant.add_event_handler(
            "on_assistant_turn_stopped", self._on_assistant_turn
        )
        self._call.worker.add_event_handler("on_pipeline_error", self._on_error)
        if self.services.spare_tts:
            # The switcher keeps the error that made it switch to itself.
            self.services.tts.strategy.add_event_handler(
                "on_service_switched", self._on_second_voice
            )

    async def _on_connected(self, *_: Any) -> None:
        assert self._call is not None
        first = not self._session.clock.started
        self._session.connected()
        self._caller_came.set()
        self._tell_page({"type": "state", "state": "live"})
        if not first or self._session.end_reason:
            return
        greeting = self._fill(self._agent.greeting)
        # Without a greeting of its own the model opens the conversation.
        opening: Frame = TTSSpeakFrame(greeting) if greeting else LLMRunFrame()
        await self._call.worker.queue_frame(opening)

    async def _on_left(self, *_: Any) -> None:
        self._caller_left.set()
        self._session.end("caller_hangup")

    async def _on_idle(self, *_: Any) -> None:
        self._session.end("idle_timeout")

    async def _on_user_turn(
        self, _: Any, strategy: Any, message: UserTurnStoppedMessage
    ) -> None:
        if not message.content:
            return
        turn, now = self._session.log.turn, self._session.clock.now()
        at = turn.user_started_at if turn.user_started_at is not None else now
        until = turn.user_stopped_at if turn.user_stopped_at is not None else now
        self._session.add_line(Line("user", message.content, at, max(until, at)))

    async def _on_assistant_turn(
        self, _: Any, message: AssistantTurnStoppedMessage
    ) -> None:
        since, self._observer.assistant_since = self._observer.assistant_since, None
        if not message.content or since is None:
            # What nobody heard was not said.
            return
        now = self._session.clock.now()
        self._session.add_line(
            Line("assistant", message.content, since, now, message.interrupted)
        )

    async def _end_call(self, params: FunctionCallParams) -> None:
        """The model's tool: hang up, after a farewell where it gives one."""
        self._farewell = str(params.arguments.get("farewell") or "")
        await params.result_callback(
            {"status": "ending"},
            properties=FunctionCallResultProperties(run_llm=False),
        )
        self._session.end("agent_hangup")

    async def _on_error(self, _: Any, frame: ErrorFrame) -> None:
        kind = (
            self.services.kinds.get(frame.processor.name, "") if frame.processor else ""
        )
        category = getattr(frame.category, "value", None) or "unknown"
        name = type(frame.exception).__name__ if frame.exception else category
        logger.error("Pipeline error in {}: {}", kind or "pipeline", name)
        self._session.log.event(
            "error", kind or "transport", self._session.clock.now(), error=name
        )
        if frame.exception:
            sentry_sdk.capture_exception(frame.exception)
        else:
            sentry_sdk.capture_message(
                f"Pipeline error in {kind or 'pipeline'}", "error"
            )
        if frame.processor and not frame.processor.is_usable:
            self._session.end("error", f"{kind}_error" if kind else "bot_error")
        elif kind == "llm":
            await self._llm_failed()

    async def _on_second_voice(self, *_: Any) -> None:
        """From here on the spare speaks, and is what is charged."""
        logger.warning("The agent's voice failed: the second one takes over")
        if spare := self.services.spare_tts:
            self.services.engines.by_kind["tts"] = spare

    async def _llm_failed(self) -> None:
        self._llm_errors += 1
        if self._llm_errors > _TOLERATED_LLM_ERRORS:
            self._session.end("error", "llm_error")
        elif self._call:
            await self._call.worker.queue_frame(TTSSpeakFrame(APOLOGY))

    def _tell_page(self, message: dict[str, Any]) -> None:
        self._link.send(message)

    def _fill(self, text: str) -> str:
        return fill(text, self._session.request.variables)
