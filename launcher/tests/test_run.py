"""`make run` on the real project: one start, everything looked at, one stop."""

import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from launcher import stopping
from launcher.options import ROOT
from launcher.ports import free_port

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


class Run:
    """A `make run` with ports and a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.env = {"PATH": os.environ["PATH"], "DATA_DIR": str(data)} | {
            "PORT": str(free_port()),
            "BOT_PORT": str(free_port()),
        }
        self.popen: subprocess.Popen[str] | None = None

    def command(self, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "launcher", "run"],
            cwd=ROOT,
            env=self.env | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self) -> str:
        """Start, and answer what it printed until it was up."""
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "launcher", "run"],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.popen.stdout
        printed = ""
        for line in self.popen.stdout:
            printed += line
            if "Ctrl-C" in line:
                return printed
        raise AssertionError(printed)

    def stop(self, signum: int) -> int:
        assert self.popen
        self.popen.send_signal(signum)
        return self.popen.wait(60)

    def processes(self) -> list[psutil.Process]:
        """All that was started for this data folder and still runs."""
        mine = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("DATA_DIR") == str(self.data):
                    mine.append(process)
            except psutil.Error:
                continue
        return mine


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("a folder with spaces")
    for each in (folder, *folder.parents):
        if each.owner() == Path.home().owner():
            each.chmod(each.stat().st_mode | stat.S_IXOTH)
    run = Run(folder / "data")
    yield run
    if run.popen and run.popen.poll() is None:
        run.stop(signal.SIGTERM)


@pytest.fixture(scope="module")
def printed(run: Run) -> str:
    return run.start()


@pytest.mark.slow
def test_it_prints_address_log_in_and_key_and_keeps_them(
    run: Run, printed: str
) -> None:
    demo = json.loads((run.data / "demo.json").read_text())

    assert set(demo) == KEYS
    for name in ("url", "username", "password", "apiKey"):
        assert demo[name] in printed
    for name in ("demo.json", "secrets.json", "credentials.json"):
        assert stat.S_IMODE((run.data / name).stat().st_mode) == 0o600


@pytest.mark.slow
def test_web_and_bot_answer_and_the_key_opens_the_demo(run: Run, printed: str) -> None:
    demo = json.loads((run.data / "demo.json").read_text())
    request = urllib.request.Request(
        f"{demo['url']}/api/calls?limit=200", headers={"x-api-key": demo["apiKey"]}
    )

    with urllib.request.urlopen(request, timeout=10) as response:
        assert len(json.load(response)["calls"]) == 200
    with urllib.request.urlopen(f"{demo['url']}/api/health/deep", timeout=10) as deep:
        assert json.load(deep)["checks"]["bot"] == "ok"


@pytest.mark.slow
def test_a_second_start_on_the_same_data_says_so_in_one_line(
    run: Run, printed: str
) -> None:
    second = run.command()

    assert second.returncode == 1
    assert second.stdout == ""
    (line,) = second.stderr.splitlines()
    assert "already runs on" in line


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PORT", "BOT_PORT"])
def test_a_port_that_is_taken_is_said_in_one_line(
    run: Run, printed: str, tmp_path: Path, name: str
) -> None:
    more = {"PORT": str(free_port()), "BOT_PORT": str(free_port())}
    more |= {name: run.env[name], "DATA_DIR": str(tmp_path / "other")}

    other = run.command(**more)

    assert other.returncode == 1
    (line,) = other.stderr.splitlines()
    assert line == (
        f"osmTalk: Port {run.env[name]} is taken by another program. "
        f"Set {name} to another one."
    )


@pytest.mark.slow
def test_a_start_after_a_crash_ends_what_was_left_and_keeps_the_data(
    run: Run, printed: str
) -> None:
    before = json.loads((run.data / "demo.json").read_text())
    run.stop(signal.SIGKILL)

    again = run.start()

    after = json.loads((run.data / "demo.json").read_text())
    assert before["apiKey"] in again
    for name in ("username", "password", "apiKey", "organizationId", "agentId"):
        assert after[name] == before[name]


@pytest.mark.slow
def test_ctrl_c_stops_all_of_it(run: Run, printed: str) -> None:
    assert run.processes()

    assert run.stop(signal.SIGINT) == 0

    assert stopping.wait_until(lambda: not run.processes(), secs=10)


def test_production_without_secrets_does_not_start(tmp_path: Path) -> None:
    refused = Run(tmp_path / "data").command(APP_ENV="production")

    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert "APP_ENV=production needs DJANGO_SECRET_KEY and INTERNAL_API_SECRET" in line
    assert not (tmp_path / "data" / "postgres").exists()
