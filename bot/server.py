"""The bot's HTTP side. A handler parses, calls one function, and answers."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from loguru import logger

from bot import text_request
from bot.call_request import InvalidRequest, parse
from bot.config import Config
from bot.health import Health
from bot.live_calls import LiveCalls
from bot.strain import Strain
from bot.stream_token import is_for
from bot.voice import text
from bot.voice.link import BadSignal
from bot.voice.session import CallSession, Surroundings

_OPEN_PATHS = ("/health", "/health/deep")
# A carrier has no secret of ours: each of its streams comes with a token.
_STREAM = "stream"
_FIRST_MESSAGE_SECS = 10.0
# Why the api may end a call, and the failure that it is then reported with.
_REASONS = {
    "operator_hangup": "",
    "caller_hangup": "",
    "transferred": "",
    "voicemail": "",
    "never_connected": "never_connected",
}
_MAX_BODY_BYTES = 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, code: str, error: str) -> None:
        super().__init__(error)
        self.status, self.code, self.error = status, code, error


class Server:
    """The routes and what they need."""

    def __init__(self, around: Surroundings, health: Health, strain: Strain) -> None:
        self._around = around
        self._strain = strain
        self._calls: LiveCalls = around.calls
        self._health = health

    def app(self) -> web.Application:
        app = web.Application(
            middlewares=[_answer_errors, _require_secret(self._around.config)],
            client_max_size=_MAX_BODY_BYTES,
        )
        app.router.add_get("/health", self.shallow_health)
        app.router.add_get("/health/deep", self.deep_health)
        app.router.add_get("/calls", self.list_calls)
        app.router.add_post("/calls", self.start_call)
        app.router.add_post("/chat", self.chat)
        app.router.add_post("/calls/{id}/offer", self.offer)
        app.router.add_patch("/calls/{id}/offer", self.candidates)
        app.router.add_get("/calls/{id}/stream", self.stream, name=_STREAM)
        app.router.add_delete("/calls/{id}", self.end_call)
        return app

    async def shallow_health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def deep_health(self, _: web.Request) -> web.Response:
        healthy, body = await self._health.deep()
        return web.json_response(body, status=200 if healthy else 503)

    async def list_calls(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "calls": [call.summary() for call in self._calls],
                "draining": self._calls.draining,
                "overloaded": self._strain.overloaded,
            }
        )

    async def start_call(self, request: web.Request) -> web.Response:
        if self._calls.draining:
            raise Refused(503, "draining", "This bot is shutting down.")
        call = parse(await _json(request))
        ready = {"callId": call.call_id, "status": "ready"}
        if self._around.config.bot_url:
            # Who asked a balancer must find this very bot again.
            ready["botUrl"] = self._around.config.bot_url
        if self._calls.get(call.call_id):
            return web.json_response(ready)
        if self._strain.overloaded:
            raise Refused(503, "overloaded", "This bot has no time for another call.")
        with logger.contextualize(callId=call.call_id):
            try:
                CallSession(call, self._around)
            except FileExistsError:
                raise Refused(
                    409, "conflict", "A call of this id was here before."
                ) from None
            logger.info("Call started: {} {}", call.channel, call.direction)
        return web.json_response(ready, status=201)

    async def chat(self, request: web.Request) -> web.Response:
        if self._calls.draining:
            raise Refused(503, "draining", "This bot is shutting down.")
        conversation = text_request.parse(await _json(request))
        with logger.contextualize(callId=conversation.call_id):
            try:
                reply = await text.reply(conversation, self._around.config)
            except text.ModelFailed:
                raise Refused(
                    502, "llm_error", "The language model did not reply."
                ) from None
        return web.json_response(reply.as_wire())

    async def offer(self, request: web.Request) -> web.Response:
        session = self._session(request)
        with logger.contextualize(callId=session.call_id):
            return web.json_response(await session.answer(await _json(request)))

    async def candidates(self, request: web.Request) -> web.Response:
        session = self._session(request)
        with logger.contextualize(callId=session.call_id):
            await session.add_candidates(await _json(request))
        return web.json_response({"status": "ok"})

    async def end_call(self, request: web.Request) -> web.Response:
        session = self._session(request)
        body = await _json(request) if request.can_read_body else {}
        reason = str(body.get("reason") or "operator_hangup")
        if reason not in _REASONS:
            raise InvalidRequest(f"reason takes one of {', '.join(_REASONS)}.")
        session.end(reason, _REASONS[reason], say=str(body.get("say") or ""))
        return web.json_response(
            {"callId": session.call_id, "status": "ending"}, status=202
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """A carrier connects the sound of a phone call."""
        token, call_id = request.query.get("token", ""), request.match_info["id"]
        if not is_for(token, call_id, self._around.config.internal_secret):
            raise Refused(401, "unauthenticated", "The token is missing or wrong.")
        session = self._session(request)
        if not session.takes_stream():
            raise Refused(409, "conflict", "This call has its sound already.")
        socket = web.WebSocketResponse(compress=False, heartbeat=20)
        await socket.prepare(request)
        with logger.contextualize(callId=call_id):
            if stream_id := await _first_message(socket):
                await session.stream(socket, stream_id)
            else:
                session.end("error", "media_failed")
        await socket.close()
        return socket

    def _session(self, request: web.Request) -> CallSession:
        call = self._calls.get(request.match_info["id"])
        if not isinstance(call, CallSession):
            raise Refused(404, "not_found", "No such call lives here.")
        return call


async def _first_message(socket: web.WebSocketResponse) -> str:
    """The id that the carrier gives its stream; empty if it does not say it."""
    try:
        start = (await socket.receive_json(timeout=_FIRST_MESSAGE_SECS))["start"]
        return str(start["streamId"])
    except (TypeError, KeyError, ValueError, TimeoutError):
        logger.warning("The carrier's stream did not begin as it should")
        return ""


async def _json(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("The body takes JSON.") from None
    if not isinstance(body, Mapping):
        raise InvalidRequest("The body takes a JSON object.")
    return body


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        answer = _error(refused.status, refused.code, refused.error)
        if refused.status == 503:
            # The next request of this connection should come to another bot.
            answer.force_close()
        return answer
    except (InvalidRequest, BadSignal) as error:
        return _error(400, "invalid", str(error))
    except web.HTTPRequestEntityTooLarge:
        return _error(413, "too_large", "The body is too large.")
    except web.HTTPNotFound:
        return _error(404, "not_found", "There is nothing here.")
    except web.HTTPMethodNotAllowed:
        return _error(405, "method_not_allowed", "This method is not served here.")


def _require_secret(config: Config) -> Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("x-internal-secret", "")
        known = config.internal_secret
        same = hmac.compare_digest(given.encode(), known.encode())
        is_open = request.path in _OPEN_PATHS or (
            request.match_info.route.name == _STREAM
        )
        if not is_open and not (known and same):
            raise Refused(
                401, "unauthenticated", "The internal secret is missing or wrong."
            )
        return await handler(request)

    return middleware


def _error(status: int, code: str, error: str) -> web.Response:
    return web.json_response({"error": error, "code": code}, status=status)
