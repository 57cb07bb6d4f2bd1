"""What the api makes, the bot takes: a call's sound is connected with its own token."""

import time
import uuid

import pytest
from pytest_django import Settings

from bot.stream_token import is_for
from calls import stream_tokens
from calls.models import Call

CALL, SECRET = str(uuid.uuid4()), "shared by both"


@pytest.fixture(autouse=True)
def shared_secret(settings: Settings) -> None:
    settings.INTERNAL_API_SECRET = SECRET


def test_the_bot_takes_what_the_api_has_made() -> None:
    assert is_for(stream_tokens.make(CALL), CALL, SECRET)


def test_it_is_good_for_two_minutes() -> None:
    now = time.time()
    token = stream_tokens.make(CALL, now)

    assert is_for(token, CALL, SECRET, now + 119)
    assert not is_for(token, CALL, SECRET, now + 122)


def test_it_is_good_for_one_call_and_one_secret() -> None:
    token = stream_tokens.make(CALL)

    assert not is_for(token, str(uuid.uuid4()), SECRET)
    assert not is_for(token, CALL, "another")
    assert not is_for(token, CALL, "")


def test_a_later_time_cannot_be_written_in() -> None:
    _, _, mac = stream_tokens.make(CALL).partition(".")

    assert not is_for(f"{int(time.time()) + 9999}.{mac}", CALL, SECRET)


@pytest.mark.parametrize("token", ["", ".", "1", "x.y", "٣.a", "-1.a", "1" * 40 + ".a"])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert not is_for(token, CALL, SECRET)


@pytest.mark.parametrize(
    ("bot_url", "setting", "begins"),
    [
        ("http://bot-2:8080", "", "ws://bot-2:8080/calls/"),
        ("https://bot.example.com", "", "wss://bot.example.com/calls/"),
        ("http://bot-2:8080", "wss://media.example.com", "wss://media.example.com/c"),
        ("http://b:1", "wss://m.example.com/{host}", "wss://m.example.com/b:1/calls/"),
    ],
)
def test_the_carrier_is_led_to_the_bot_that_has_the_call(
    settings: Settings, bot_url: str, setting: str, begins: str
) -> None:
    settings.BOT_STREAM_URL = setting

    url = stream_tokens.stream_url(Call(bot_url=bot_url))

    assert url.startswith(begins)
