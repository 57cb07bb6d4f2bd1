"""The environment is read once, and a bad value stops the start with one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import ConfigError, load

GOOD = {"APP_ENV": "test", "INTERNAL_API_SECRET": "secret"}


def test_the_defaults_are_the_contracts() -> None:
    config = load(GOOD)

    assert config.port == 8080
    assert config.api_url == "http://127.0.0.1:8000"
    assert config.shutdown_grace_secs == 20
    assert config.drain_max_secs == 0
    assert config.sentry_traces_sample_rate == 0.1
    assert config.sentry_profiles_sample_rate == 0
    assert config.git_sha == "dev"
    assert str(config.spool_dir) == ".data/spool"


def test_keys_and_base_urls_are_read_by_provider() -> None:
    config = load(
        {**GOOD, "OPENAI_API_KEY": "key", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1/"}
    )

    assert config.access("openai").api_key == "key"
    assert config.access("openai").base_url == "http://127.0.0.1:1/v1"
    assert config.access("deepgram").api_key == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_PORT", "eighty"),
        ("BOT_PORT", "70000"),
        ("SHUTDOWN_GRACE_SECS", "-1"),
        ("SHUTDOWN_GRACE_SECS", "nan"),
        ("DRAIN_MAX_SECS", "soon"),
        ("SENTRY_TRACES_SAMPLE_RATE", "2"),
        ("API_URL", "localhost"),
        ("DEEPGRAM_BASE_URL", "deepgram"),
        ("BOT_LOG_LEVEL", "LOUD"),
        ("TURN_DETECTION", "magic"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} takes "):
        load({**GOOD, name: value})


def test_production_needs_its_secret() -> None:
    with pytest.raises(ConfigError, match="INTERNAL_API_SECRET is required"):
        load({})


def test_production_needs_a_long_secret() -> None:
    with pytest.raises(ConfigError, match="at least 32 characters, not of 31"):
        load({"INTERNAL_API_SECRET": "s" * 31})

    assert load({"INTERNAL_API_SECRET": "s" * 32}).internal_secret == "s" * 32


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    secret, key = tmp_path / "secret", tmp_path / "key"
    secret.write_text("of the file\n")
    key.write_text("of openai\n")

    config = load(
        {
            **GOOD,
            "INTERNAL_API_SECRET_FILE": str(secret),
            "OPENAI_API_KEY_FILE": str(key),
        }
    )

    assert config.internal_secret == "of the file"
    assert config.access("openai").api_key == "of openai"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    gone = {"INTERNAL_API_SECRET_FILE": str(tmp_path / "gone")}

    with pytest.raises(ConfigError, match=r"^INTERNAL_API_SECRET_FILE takes the path"):
        load(gone)


def test_the_process_stops_with_one_line() -> None:
    environ = {**os.environ, **GOOD, "BOT_PORT": "eighty"}

    ended = subprocess.run(
        [sys.executable, "-m", "bot"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr == "bot: BOT_PORT takes a whole number, not 'eighty'\n"
