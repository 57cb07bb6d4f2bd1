"""One reply of an agent in writing: the call's model without ears and voice."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import httpx
from loguru import logger
from openai import OpenAIError
from pipecat.metrics.metrics import LLMTokenUsage
from pipecat.processors.aggregators.llm_context import LLMContext

from bot.call_request import Agent, fill
from bot.config import Config
from bot.offline import script
from bot.report import ServedBy
from bot.text_request import TextRequest
from bot.voice import providers

# The api waits a little longer than this.
REPLY_SECS = 60.0

_TEXT_RULES = (
    "You are in a text chat: answer briefly, in plain text without markup that needs "
    "rendering."
)


class ModelFailed(Exception):
    """The provider refused, said nothing, or took too long."""


@dataclass(frozen=True)
class Reply:
    """What the model wrote, who it was and what it used.

    Times are in seconds: ``ttfb_secs`` until its first word, ``secs`` until its last.
    """

    text: str
    model: ServedBy
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int | None
    ttfb_secs: float
    secs: float

    def as_wire(self) -> dict[str, Any]:
        usage: dict[str, Any] = {
            "llm": self.model.as_json(),
            "promptTokens": self.prompt_tokens,
            "completionTokens": self.completion_tokens,
        }
        if self.cached_tokens is not None:
            usage["cachedTokens"] = self.cached_tokens
        times = {"ttfbSecs": round(self.ttfb_secs, 4), "secs": round(self.secs, 4)}
        return {"reply": self.text, "usage": usage, **times}


async def reply(request: TextRequest, config: Config) -> Reply:
    """The agent's answer to the last message.

    Raises:
        ModelFailed: there is none. Nothing was kept, so it may be asked again.
    """
    served = providers.served_by("llm", request.agent.llm, config)
    if served.provider == "offline":
        return _scripted(request, served)
    try:
        async with asyncio.timeout(REPLY_SECS):
            return await _asked(request, config)
    except (OpenAIError, httpx.HTTPError, TimeoutError, ValueError) as error:
        logger.warning("The model did not reply: {}", type(error).__name__)
        raise ModelFailed from error


def text_prompt(agent: Agent, filled_prompt: str) -> str:
    """What the model is told: the agent's prompt, and that this is in writing."""
    language = f"Write the language {agent.language} unless the user changes it."
    return "\n\n".join(part for part in (filled_prompt, _TEXT_RULES, language) if part)


def _scripted(request: TextRequest, served: ServedBy) -> Reply:
    heard = request.messages[-1].text
    text = script.answer(heard).text
    return Reply(text, served, len(heard.split()), len(text.split()), None, 0.0, 0.0)


async def _asked(request: TextRequest, config: Config) -> Reply:
    agent = request.agent
    prompt = text_prompt(agent, fill(agent.prompt, request.variables))
    order = providers.Order(agent.llm, agent, config, prompt)
    service = providers.TABLE["llm"][agent.llm.provider](order)
    said: list[Any] = [{"role": m.role, "content": m.text} for m in request.messages]
    context = LLMContext(said)
    started = time.monotonic()
    words: list[str] = []
    first = 0.0
    used = LLMTokenUsage(prompt_tokens=0, completion_tokens=0, total_tokens=0)
    async with (
        service._client,
        await service.get_chat_completions(context) as chunks,
    ):
        async for chunk in chunks:
            if chunk.usage:
                used = service._token_usage(chunk.usage)
            if chunk.choices and chunk.choices[0].delta.content:
                first = first or time.monotonic() - started
                words.append(chunk.choices[0].delta.content)
    text = "".join(words).strip()
    if not text:
        raise ValueError("an empty reply")
    return Reply(
        text=text,
        model=ServedBy(agent.llm.provider, str(service._settings.model)),
        prompt_tokens=used.prompt_tokens,
        completion_tokens=used.completion_tokens,
        cached_tokens=used.cache_read_input_tokens,
        ttfb_secs=first,
        secs=time.monotonic() - started,
    )
