"""Two messages to one conversation are answered one after the other."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from agents.models import Agent
from calls import conversations
from calls.channels import Channel
from calls.lifecycle import CallRequest, hang_up, start_call
from calls.models import Call
from common.errors import Conflict
from doubles.bot import BotDouble

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_SECS = 30


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def bot(bot: BotDouble) -> BotDouble:
    llm = {"provider": "openai", "model": "gpt-4.1-mini"}
    usage = {"llm": llm, "promptTokens": 10, "completionTokens": 5}
    bot.status, bot.answer = 200, {"reply": "Yes.", "usage": usage}
    return bot


@pytest.fixture
def call(agent: Agent, bot: BotDouble) -> Call:
    return start_call(CallRequest(agent, Channel.CHAT))


def write(pool: ThreadPoolExecutor, call: Call, text: str) -> "Future[str]":
    def work() -> str:
        try:
            return conversations.reply(Call.objects.get(pk=call.pk), text)
        finally:
            connection.close()

    return pool.submit(work)


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECS
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def waiting_for_the_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )
        count: int = cursor.fetchone()[0]
    return count


def test_the_second_waits_and_knows_what_was_said_to_the_first(
    pool: ThreadPoolExecutor, call: Call, bot: BotDouble
) -> None:
    bot.awake.clear()
    first = write(pool, call, "One")
    until(lambda: bot.requests)
    second = write(pool, call, "Two")
    until(waiting_for_the_lock)
    assert len(bot.requests) == 1

    bot.awake.set()

    assert (first.result(WAIT_SECS), second.result(WAIT_SECS)) == ("Yes.", "Yes.")
    assert [m["text"] for m in bot.requests[1].body["messages"]] == [
        "One",
        "Yes.",
        "Two",
    ]
    call.refresh_from_db()
    assert (call.turns, len(call.transcript or []), call.prompt_tokens) == (2, 4, 20)


def test_no_row_is_locked_while_the_model_thinks(
    pool: ThreadPoolExecutor, call: Call, bot: BotDouble
) -> None:
    bot.awake.clear()
    thinking = write(pool, call, "One")
    until(lambda: bot.requests)

    hang_up(call)

    bot.awake.set()
    with pytest.raises(Conflict):
        thinking.result(WAIT_SECS)
    call.refresh_from_db()
    assert (call.status, call.transcript, call.turns) == ("completed", None, None)


def test_who_waits_too_long_is_told_so(
    pool: ThreadPoolExecutor,
    call: Call,
    bot: BotDouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversations, "PATIENCE", "50ms")
    bot.awake.clear()
    first = write(pool, call, "One")
    until(lambda: bot.requests)

    with pytest.raises(Conflict, match="still answering"):
        write(pool, call, "Two").result(WAIT_SECS)

    bot.awake.set()
    assert first.result(WAIT_SECS) == "Yes."
    assert write(pool, call, "Two").result(WAIT_SECS) == "Yes."
