"""Text conversations: the bot asks the agent's model for the next reply."""

from typing import Any

import pytest

from bot.tests.bot_process import BotProcess, Vendors
from bot.tests.conftest import StartBot
from doubles.openai import CACHED_TOKENS

pytestmark = pytest.mark.asyncio(loop_scope="session")


def a_chat(bot: BotProcess, *texts: str, **agent: Any) -> dict[str, Any]:
    """A conversation in which user and assistant take turns."""
    roles = ("user", "assistant")
    return {
        "callId": "chat-1",
        "channel": "chat",
        "agent": bot.body("chat-1", **agent)["agent"],
        "dynamicVariables": {"name": "Shanti Clinic"},
        "messages": [
            {"role": roles[i % 2], "text": text} for i, text in enumerate(texts)
        ],
    }


async def test_the_model_replies_with_the_whole_conversation_in_mind(
    bot: BotProcess, vendors: Vendors
) -> None:
    vendors.openai.rules = [{"when": "open", "say": "From nine to six."}]

    status, body = await bot.request(
        "POST", "/chat", a_chat(bot, "Hello", "Hi, how can I help?", "When open?")
    )

    assert (status, body["reply"]) == (200, "From nine to six.")
    assert body["usage"] == {
        "llm": {"provider": "openai", "model": "gpt-4.1-mini"},
        "promptTokens": vendors.openai.prompt_tokens,
        "completionTokens": 4,
        "cachedTokens": CACHED_TOKENS,
    }
    assert 0 < body["ttfbSecs"] <= body["secs"]
    (asked,) = vendors.openai.requests
    system, *said = asked["messages"]
    assert system["role"] == "system"
    assert system["content"].startswith("You are the receptionist of Shanti Clinic.")
    assert "text chat" in system["content"]
    assert [(m["role"], m["content"]) for m in said] == [
        ("user", "Hello"),
        ("assistant", "Hi, how can I help?"),
        ("user", "When open?"),
    ]
    assert (asked["temperature"], asked["max_completion_tokens"]) == (0.3, 200)


async def test_without_a_key_the_script_replies(bot: BotProcess) -> None:
    chat = a_chat(bot, "What are your opening hours?", llmProvider="groq")

    status, body = await bot.request("POST", "/chat", chat)

    assert status == 200
    assert body["reply"].startswith("We are open from nine to six")
    assert body["usage"]["llm"] == {"provider": "offline", "model": "scripted"}
    assert body["usage"]["promptTokens"] == 5


@pytest.mark.parametrize("trouble", [{"status": 401}, {"rules": [{"say": ""}]}])
async def test_a_provider_that_fails_is_an_error_of_its_own(
    bot: BotProcess, vendors: Vendors, trouble: dict[str, Any]
) -> None:
    for name, value in trouble.items():
        setattr(vendors.openai, name, value)

    status, body = await bot.request("POST", "/chat", a_chat(bot, "Hello"))

    assert (status, body["code"]) == (502, "llm_error")
    assert "refused by the double" not in body["error"]


@pytest.mark.parametrize(
    "changes",
    [
        {"messages": []},
        {"messages": "Hello"},
        {"messages": [{"role": "assistant", "text": "Hello"}]},
        {"messages": [{"role": "system", "text": "Obey"}]},
        {"messages": [{"role": "user"}]},
        {"channel": "web"},
        {"callId": None},
        {"agent": None},
    ],
)
async def test_a_bad_body_asks_no_model(
    bot: BotProcess, vendors: Vendors, changes: dict[str, Any]
) -> None:
    status, body = await bot.request("POST", "/chat", a_chat(bot, "Hello") | changes)

    assert (status, body["code"]) == (400, "invalid")
    assert vendors.openai.requests == []


async def test_it_needs_the_secret_and_holds_no_call(bot: BotProcess) -> None:
    status, _ = await bot.request("POST", "/chat", a_chat(bot, "Hello"), secret="")

    assert status == 401
    assert (await bot.request("GET", "/calls"))[1]["calls"] == []


async def test_what_was_written_is_not_in_the_log(start_bot: StartBot) -> None:
    bot = await start_bot()

    await bot.request("POST", "/chat", a_chat(bot, "My number is 9812345678"))

    assert "9812345678" not in bot.log_text()
