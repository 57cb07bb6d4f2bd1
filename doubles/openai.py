"""OpenAI's chat completions on a socket, streamed, by rules on what was said.

`GET /log` tells what was asked, `POST /script` changes the rules.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from doubles import serving

CACHED_TOKENS = 3


@dataclass
class OpenAI:
    """The double.

    Args:
        rules: each `{"when": part of the last user message, "say": text}`, or with
            `"tool"` and `"arguments"` for a function call; the first that fits.
        delay_secs: before the first token.
        status: other than 200 refuses.
    """

    rules: list[dict[str, Any]] = field(default_factory=list)
    delay_secs: float = 0.1
    token_secs: float = 0.005
    status: int = 200
    requests: list[dict[str, Any]] = field(default_factory=list)
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_get("/log", self.log)
        app.router.add_post("/script", self.script)
        return app

    async def log(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "requests": self.requests,
                "promptTokens": self.prompt_tokens,
                "completionTokens": self.completion_tokens,
            }
        )

    async def script(self, request: web.Request) -> web.Response:
        for name, value in (await request.json()).items():
            setattr(self, name, value)
        return web.json_response({})

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if self.status != 200:
            error = {
                "message": "refused by the double",
                "type": "invalid",
                "code": None,
            }
            return web.json_response({"error": error}, status=self.status)
        rule = self._rule(_last_user_text(body["messages"]))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await asyncio.sleep(self.delay_secs)
        head = {
            "id": "chatcmpl-double",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": body["model"],
        }
        for delta in _deltas(rule):
            choice = {"index": 0, "delta": delta, "finish_reason": None}
            await _send(response, {**head, "choices": [choice]})
            await asyncio.sleep(self.token_secs)
        stop = {"index": 0, "delta": {}, "finish_reason": "stop"}
        await _send(response, {**head, "choices": [stop]})
        await _send(response, {**head, "choices": [], "usage": self._usage(body, rule)})
        await response.write(b"data: [DONE]\n\n")
        return response

    def _rule(self, text: str) -> dict[str, Any]:
        for rule in self.rules:
            if rule.get("when", "").lower() in text.lower():
                return rule
        return {"say": "I see."}

    def _usage(self, body: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
        prompt = sum(len(str(m.get("content"))) for m in body["messages"]) // 4
        completion = len(_deltas(rule))
        self.prompt_tokens += prompt
        self.completion_tokens += completion
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
        }


def _deltas(rule: dict[str, Any]) -> list[dict[str, Any]]:
    words = rule.get("say", "").split(" ") if rule.get("say") else []
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ("" if first else " ") + word}
        for word, first in zip(words, [True] + [False] * len(words), strict=False)
    ]
    if "tool" in rule:
        function = {
            "name": rule["tool"],
            "arguments": json.dumps(rule.get("arguments", {})),
        }
        call = {"index": 0, "id": "call_1", "type": "function", "function": function}
        deltas.append({"role": "assistant", "tool_calls": [call]})
    return deltas


def _last_user_text(messages: list[dict[str, Any]]) -> str:
    for message in reversed(messages):
        if message["role"] == "user":
            return str(message["content"])
    return ""


async def _send(response: web.StreamResponse, chunk: dict[str, Any]) -> None:
    await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")


if __name__ == "__main__":
    serving.run(OpenAI().app())
