"""The environment is read once, and a wrong value stops the process."""

from pathlib import Path
from typing import Any

import pytest

from common import env


def test_a_number_below_its_floor_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWEEP_INTERVAL_SECS", "5")

    assert env.env_int("SWEEP_INTERVAL_SECS", 3600, floor=60) == 60


@pytest.mark.parametrize(
    ("read", "value", "line"),
    [
        (
            lambda: env.env_int("X", 1, at_least=1),
            "many",
            "X takes a whole number, not 'many'.",
        ),
        (
            lambda: env.env_int("X", 1, at_least=1),
            "0",
            "X takes a whole number of at least 1, not 0.",
        ),
        (
            lambda: env.env_float("X", 0.1, low=0, high=1),
            "2",
            "X takes a number from 0 to 1, not 2.",
        ),
        (lambda: env.env_bool("X", True), "perhaps", "X takes 1 or 0, not 'perhaps'."),
        (
            lambda: env.env_url("X", schemes=("http", "https")),
            "ftp://a",
            "X takes a URL that begins with http:// or https://.",
        ),
    ],
)
def test_a_value_that_cannot_be_read_stops_the_process_with_one_line(
    monkeypatch: pytest.MonkeyPatch, read: Any, value: str, line: str
) -> None:
    monkeypatch.setenv("X", value)

    with pytest.raises(SystemExit) as stop:
        read()

    assert str(stop.value) == line


def test_an_empty_value_is_as_one_that_is_not_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("X", " ")

    assert env.env_int("X", 43) == 43


def test_a_secret_may_stand_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    path.write_text("from the file\n")
    monkeypatch.setenv("X_FILE", str(path))

    assert env.env_secret("X", required=True) == "from the file"


def test_a_secret_that_is_required_and_missing_stops_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("X", raising=False)

    with pytest.raises(SystemExit, match="X takes a secret"):
        env.env_secret("X", required=True)


@pytest.mark.parametrize("length", [0, 31])
def test_a_secret_that_is_too_short_stops_the_process(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setenv("X", "s" * length)

    with pytest.raises(SystemExit, match="X takes a secret of at least 32 characters"):
        env.env_secret("X", required=True, at_least=32)


def test_a_secret_of_enough_characters_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("X", "s" * 32)

    assert env.env_secret("X", required=True, at_least=32) == "s" * 32
