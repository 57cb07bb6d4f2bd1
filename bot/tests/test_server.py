"""The bot's routes: who may call them, what they take, what they refuse."""

from typing import Any

import pytest

from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import BotProcess
from bot.tests.conftest import StartBot

pytestmark = pytest.mark.asyncio(loop_scope="session")

GUARDED = [
    ("GET", "/calls"),
    ("POST", "/calls"),
    ("POST", "/calls/any/offer"),
    ("PATCH", "/calls/any/offer"),
    ("DELETE", "/calls/any"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("secret", ["", "wrong", "test-secret-and-more"])
async def test_without_the_secret_nothing_is_served(
    bot: BotProcess, method: str, path: str, secret: str
) -> None:
    status, body = await bot.request(method, path, {}, secret=secret)

    assert (status, body["code"]) == (401, "unauthenticated")


async def test_health_needs_no_secret(bot: BotProcess) -> None:
    assert await bot.request("GET", "/health", secret="") == (200, {"status": "ok"})

    status, body = await bot.request("GET", "/health/deep", secret="")
    assert status == 200
    assert body["status"] == "healthy"
    assert body["checks"] == {"env": "ok", "loop": "ok", "voice_transport": "ok"}
    assert body["draining"] is False
    assert {"activeCalls", "spool", "uptime"} <= set(body)


async def test_the_same_call_again_gets_the_same_answer(
    bot: BotProcess, shared_api: ApiDouble
) -> None:
    call_id = await bot.start_call()

    status, body = await bot.request("POST", "/calls", bot.body(call_id))

    assert (status, body) == (200, {"callId": call_id, "status": "ready"})
    _, listed = await bot.request("GET", "/calls")
    assert [call for call in listed["calls"] if call["callId"] == call_id] == [
        {
            "callId": call_id,
            "organizationId": "org",
            "channel": "web",
            "startedAt": "2026-11-24T10:00:00Z",
            "state": "waiting",
        }
    ]
    await bot.request("DELETE", f"/calls/{call_id}")
    await shared_api.wait_for_report(call_id)


async def test_a_bot_with_an_address_of_its_own_tells_it_with_each_call(
    start_bot: StartBot, api: ApiDouble
) -> None:
    bot = await start_bot(BOT_PUBLIC_URL="http://bot-7.internal:8080")
    body = bot.body("call")
    ready = {
        "callId": "call",
        "status": "ready",
        "botUrl": "http://bot-7.internal:8080",
    }

    assert await bot.request("POST", "/calls", body) == (201, ready)
    assert await bot.request("POST", "/calls", body) == (200, ready)
    await bot.request("DELETE", "/calls/call")
    await api.wait_for_report("call")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"callId": "../../etc", "agent": {}},
        {"callId": "a" * 300, "agent": {}},
        {"callId": 7, "agent": {}},
        {"callId": "x", "channel": "fax", "agent": {}},
        {"callId": "x", "agent": []},
        {"callId": "x", "agent": {"temperature": "hot"}},
        {"callId": "x", "agent": {"maxDurationSecs": True}},
        {"callId": "x", "agent": {"prompt": 1}},
        {"callId": "x", "agent": {}, "recording": {"key": "k"}},
        {"callId": "x", "agent": {}, "iceServers": 3},
        {"callId": "x", "agent": {}, "iceServers": ["stun:host"]},
        {"callId": "x", "agent": {}, "dynamicVariables": [1]},
    ],
)
async def test_a_bad_body_starts_nothing(bot: BotProcess, body: Any) -> None:
    status, answer = await bot.request("POST", "/calls", body)

    assert (status, answer["code"]) == (400, "invalid")
    assert answer["error"].endswith(".")
    assert (await bot.request("DELETE", "/calls/x"))[0] == 404


@pytest.mark.parametrize(
    "offer",
    [
        {},
        {"sdp": "v=0", "type": "answer"},
        {"sdp": "nonsense", "type": "offer"},
        {"sdp": 5, "type": "offer"},
    ],
)
async def test_a_bad_offer_is_refused_and_the_call_still_waits(
    bot: BotProcess, shared_api: ApiDouble, offer: dict[str, Any]
) -> None:
    call_id = await bot.start_call()

    status, body = await bot.request("POST", f"/calls/{call_id}/offer", offer)

    assert (status, body["code"]) == (400, "invalid")
    candidates = {"pcId": "another", "candidates": [{"candidate": "nonsense"}]}
    status, _ = await bot.request("PATCH", f"/calls/{call_id}/offer", candidates)
    assert status == 400
    await bot.request("DELETE", f"/calls/{call_id}")
    await shared_api.wait_for_report(call_id)


async def test_what_does_not_exist_is_not_found(bot: BotProcess) -> None:
    offer = {"sdp": "v=0", "type": "offer"}
    for method, path in (
        ("POST", "/calls/unknown/offer"),
        ("PATCH", "/calls/unknown/offer"),
        ("DELETE", "/calls/unknown"),
        ("GET", "/nothing"),
    ):
        status, body = await bot.request(method, path, offer)
        assert (status, body["code"]) == (404, "not_found")
