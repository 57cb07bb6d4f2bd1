"""`make run` on the real project: one start, everything looked at, one stop."""

import json
import signal
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import stopping
from launcher.ports import free_port
from launcher.stack import Stack

KEYS = {
    "url",
    "botUrl",
    "username",
    "password",
    "apiKey",
    "internalSecret",
    "organizationId",
    "agentId",
    "databaseUrl",
    "redisUrl",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = Stack(tmp_path_factory.mktemp("a folder with spaces") / "data")
    yield home
    if home.is_running:
        home.stop(signal.SIGTERM)


@pytest.fixture
def run(home: Stack) -> Stack:
    """One that runs, whatever the test before has done to it."""
    if not home.is_running:
        home.start()
    return home


@pytest.mark.slow
def test_it_prints_address_log_in_and_key_and_keeps_them(run: Stack) -> None:
    demo = run.demo

    assert set(demo) == KEYS
    for name in ("url", "username", "password", "apiKey"):
        assert demo[name] in run.printed
    for name in ("demo.json", "secrets.json", "credentials.json"):
        assert stat.S_IMODE((run.data / name).stat().st_mode) == 0o600


@pytest.mark.slow
def test_web_and_bot_answer_and_the_key_opens_the_demo(run: Stack) -> None:
    demo = run.demo
    request = urllib.request.Request(
        f"{demo['url']}/api/calls?limit=200", headers={"x-api-key": demo["apiKey"]}
    )

    with urllib.request.urlopen(request, timeout=10) as response:
        assert len(json.load(response)["calls"]) == 200
    with urllib.request.urlopen(f"{demo['url']}/api/health/deep", timeout=10) as deep:
        assert json.load(deep)["checks"]["bot"] == "ok"


@pytest.mark.slow
def test_a_second_start_on_the_same_data_says_so_in_one_line(run: Stack) -> None:
    second = run.try_to_start()

    assert second.returncode == 1
    assert second.stdout == ""
    (line,) = second.stderr.splitlines()
    assert "Already runs on" in line


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PORT", "BOT_PORT"])
def test_a_port_that_is_taken_is_said_in_one_line(
    run: Stack, tmp_path: Path, name: str
) -> None:
    more = {"PORT": str(free_port()), "BOT_PORT": str(free_port())}
    more |= {name: run.env[name], "DATA_DIR": str(tmp_path / "other")}

    other = run.try_to_start(**more)

    assert other.returncode == 1
    (line,) = other.stderr.splitlines()
    assert line == (
        f"osmTalk: Port {run.env[name]} is taken by another program. "
        f"Set {name} to another one."
    )


@pytest.mark.slow
def test_a_start_after_a_crash_ends_what_was_left_and_keeps_the_data(
    run: Stack,
) -> None:
    before = run.demo
    run.stop(signal.SIGKILL)

    run.start()

    after = run.demo
    assert before["apiKey"] in run.printed
    for name in ("username", "password", "apiKey", "organizationId", "agentId"):
        assert after[name] == before[name]


@pytest.mark.slow
def test_ctrl_c_stops_all_of_it(run: Stack) -> None:
    assert run.processes()

    assert run.stop(signal.SIGINT) == 0

    assert stopping.wait_until(lambda: not run.processes(), secs=10)


def test_production_without_secrets_does_not_start(tmp_path: Path) -> None:
    refused = Stack(tmp_path / "data").try_to_start(APP_ENV="production")

    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert "APP_ENV=production needs DJANGO_SECRET_KEY and INTERNAL_API_SECRET" in line
    assert not (tmp_path / "data" / "postgres").exists()
