"""What happened in a call, turn by turn. Pure: it is told events with times.

Times are seconds on the call's clock. A turn is something the caller said and
the bot's answer to it; turn 0 is the greeting.
"""

from dataclasses import dataclass, field
from typing import Any

# A very long call keeps its sums but not every frame's event.
MAX_EVENTS = 5000


@dataclass
class Measurement:
    """A time that a service took, kept apart until its answer was heard."""

    service: str
    value: float
    event: dict[str, Any]


@dataclass
class Turn:
    """One exchange. Moments that did not happen are None."""

    number: int
    user_started_at: float | None = None
    user_stopped_at: float | None = None
    vad_stopped_at: float | None = None
    stt_final_at: float | None = None
    turn_ended_at: float | None = None
    llm_started_at: float | None = None
    llm_first_token_at: float | None = None
    tts_started_at: float | None = None
    tts_first_byte_at: float | None = None
    bot_audible_at: float | None = None
    bot_stopped_at: float | None = None
    interrupted: bool = False
    spoke: bool = False
    pending: list[Measurement] = field(default_factory=list)

    @property
    def latency(self) -> float | None:
        """Seconds from the caller's last sound to the bot's first."""
        if self.user_stopped_at is None or self.bot_audible_at is None:
            return None
        return self.bot_audible_at - self.user_stopped_at


@dataclass
class Line:
    """One line of the transcript."""

    role: str
    text: str
    at: float
    until: float
    interrupted: bool = False


@dataclass
class CallLog:
    """Everything that a report needs, collected while the call goes on."""

    turns: list[Turn] = field(default_factory=lambda: [Turn(0)])
    lines: list[Line] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    dropped_events: int = 0
    interruptions: int = 0
    ttfb: dict[str, list[float]] = field(
        default_factory=lambda: {"llm": [], "stt": [], "tts": []}
    )
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int | None = None
    tts_characters: int = 0
    stt_secs: float = 0.0
    errors: list[str] = field(default_factory=list)
    bot_was_heard: bool = False
    bot_speaking: bool = False

    @property
    def turn(self) -> Turn:
        """The exchange that is going on."""
        return self.turns[-1]

    def event(
        self,
        kind: str,
        service: str,
        at: float,
        value: float | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Add to the timeline; None values are left out."""
        event: dict[str, Any] = {"type": kind, "service": service}
        if value is not None:
            event["value"] = round(value, 6)
        event |= {key: item for key, item in more.items() if item is not None}
        event |= {"at": round(at, 3), "turn": self.turn.number}
        if len(self.events) < MAX_EVENTS:
            self.events.append(event)
        else:
            self.dropped_events += 1
        return event

    def user_started(self, at: float, *, turn_begins: bool) -> None:
        """The caller makes a sound; the first of a turn opens it."""
        if turn_begins:
            if self.bot_speaking:
                self.interruptions += 1
                self.turn.interrupted = True
                self.event("interruption", "transport", at, by="caller")
            self.turns.append(Turn(self.turn.number + 1, user_started_at=at))
            self.event("turn", "transport", at, state="started")
        if self.turn.bot_audible_at is None:
            # Not done yet after all: the wait begins when this falls silent.
            self.turn.user_stopped_at = None

    def user_stopped(self, at: float, noticed_at: float) -> None:
        """The caller fell silent at `at`, which was certain at `noticed_at`."""
        self.turn.user_stopped_at = at
        self.turn.vad_stopped_at = noticed_at
        self.event("speech_end", "transport", at, noticedAt=round(noticed_at, 3))

    def turn_ended(self, at: float) -> None:
        """It was decided that the caller is done and waits for an answer."""
        self.turn.turn_ended_at = at
        self.event("turn", "transport", at, state="ended")

    def heard(self, at: float) -> None:
        """The recogniser gave a final text."""
        # Several pieces can make one turn; the last before the answer counts.
        if self.turn.llm_started_at is None:
            self.turn.stt_final_at = at
        self.turn.spoke = True

    def moment(self, name: str, at: float) -> None:
        """Note the first time that something happened in this turn."""
        if getattr(self.turn, name) is None:
            setattr(self.turn, name, at)

    def measured(self, measurement: Measurement) -> None:
        """A service's time to first byte; zeros mean that nothing was measured.

        A model or a voice counts once its answer is heard: one that is cancelled
        before would drag the average to wherever the caller cut in.
        """
        if measurement.value <= 0:
            return
        if measurement.service == "stt" or self.turn.bot_audible_at is not None:
            self.ttfb[measurement.service].append(measurement.value)
        else:
            self.turn.pending.append(measurement)

    def bot_audible(self, at: float) -> None:
        """The bot's first sound of an answer has left for the caller."""
        self.bot_was_heard = True
        self._keep_measurements()
        if self.turn.bot_audible_at is None:
            self.turn.bot_audible_at = at
            self.event("bot_audible", "transport", at, self.turn.latency)

    def bot_started(self, at: float) -> None:
        """The bot begins to speak."""
        self.bot_speaking = True
        self.event("bot_started", "transport", at)

    def bot_stopped(self, at: float) -> None:
        """The bot's last sound has left for the caller, or was cut."""
        if self.bot_speaking:
            self.event("bot_stopped", "transport", at)
        self.bot_speaking = False
        answered = next(
            (turn for turn in reversed(self.turns) if turn.bot_audible_at is not None),
            self.turn,
        )
        answered.bot_stopped_at = at

    def answer_cancelled(self) -> None:
        """What was being generated will not be heard."""
        for turn in self.turns[-2:]:
            for measurement in turn.pending:
                measurement.event["cancelled"] = True
            turn.pending.clear()

    def _keep_measurements(self) -> None:
        for measurement in self.turn.pending:
            self.ttfb[measurement.service].append(measurement.value)
        self.turn.pending.clear()
