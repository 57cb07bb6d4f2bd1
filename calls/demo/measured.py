"""The metrics that the bot would have reported of a conversation. Pure."""

from collections.abc import Iterable
from typing import Any

from calls.demo.conversation import Conversation, Turn

PROMPT_TOKENS = 160
TOKENS_A_CHARACTER = 0.27
SERVICES = {
    "stt": "DeepgramSTTService#0",
    "llm": "OpenAILLMService#0",
    "tts": "DeepgramTTSService#0",
}


def metrics(held: Conversation, models: dict[str, str]) -> dict[str, Any]:
    """Metrics as in the bot's report; ``models`` is by service."""
    answered = [turn for turn in held.turns if turn.latency is not None]
    spoken = [line.said.text for line in held.lines if line.said.role == "assistant"]
    prompt, completion = tokens(held)
    return {
        "turns": sum(1 for line in held.lines if line.said.role == "user"),
        "interruptions": sum(turn.interrupted for turn in held.turns),
        "avgLatency": mean(turn.latency for turn in answered),
        "avgLlmTtfb": mean(turn.stages["llm"] for turn in answered),
        "avgTtsTtfb": mean(turn.stages["tts"] for turn in held.turns),
        "avgSttTtfb": mean(turn.stages["stt"] for turn in answered),
        "totalPromptTokens": prompt,
        "totalCompletionTokens": completion,
        "totalTtsCharacters": sum(map(len, spoken)),
        "events": [event for turn in held.turns for event in events(turn, models)],
        "breakdown": [breakdown(turn) for turn in held.turns],
    }


def text_metrics(held: Conversation) -> dict[str, Any]:
    """Those of a written conversation: nothing is spoken, and nobody cuts in."""
    prompt, completion = tokens(held)
    return {
        "turns": sum(1 for line in held.lines if line.said.role == "user"),
        "avgLatency": mean(turn.latency for turn in held.turns),
        "totalPromptTokens": prompt,
        "totalCompletionTokens": completion,
        "events": [],
    }


def tokens(held: Conversation) -> tuple[int, int]:
    """Prompt and completion tokens: each answer is asked for with all that was said."""
    prompt = completion = 0
    said = PROMPT_TOKENS
    for line in held.lines:
        size = 4 + round(TOKENS_A_CHARACTER * len(line.said.text))
        if line.said.role == "assistant":
            prompt += said
            completion += size
        said += size
    return prompt, completion


def mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 6) if known else None


def breakdown(turn: Turn) -> dict[str, Any]:
    at = turn.audible_at - sum(turn.stages.values())
    stages = []
    for name, secs in turn.stages.items():
        stages.append({"stage": name, "at": round(at, 3), "secs": secs})
        at += secs
    whole: dict[str, Any] = {
        "turn": turn.number,
        "interrupted": turn.interrupted,
        "botAudibleAt": round(turn.audible_at, 3),
        "botStoppedAt": round(turn.until, 3),
        "stages": stages,
    }
    if turn.waited_from is not None:
        whole["userStoppedAt"] = round(turn.waited_from, 3)
        whole["latency"] = round(sum(turn.stages.values()), 3)
    return whole


def events(turn: Turn, models: dict[str, str]) -> Iterable[dict[str, Any]]:
    """The timeline of one turn."""
    at = turn.audible_at - sum(turn.stages.values())
    if turn.waited_from is not None:
        yield event("turn", "transport", turn, at, state="started")
    for name, secs in turn.stages.items():
        at += secs
        if name in SERVICES:
            yield event(
                "ttfb",
                name,
                turn,
                at,
                value=secs,
                processor=SERVICES[name],
                model=models[name],
            )
    more = {} if turn.latency is None else {"value": round(turn.latency, 6)}
    yield event("bot_audible", "transport", turn, turn.audible_at, **more)
    if turn.interrupted:
        yield event("interruption", "transport", turn, turn.until, by="caller")
    yield event("bot_stopped", "transport", turn, turn.until)


def event(
    kind: str, service: str, turn: Turn, at: float, **more: Any
) -> dict[str, Any]:
    return {
        "type": kind,
        "service": service,
        **more,
        "at": round(at, 3),
        "turn": turn.number,
    }
