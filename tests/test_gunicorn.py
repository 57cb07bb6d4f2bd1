"""How an api's process keeps connections, and how it stops: with gunicorn.conf.py."""

import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bot import api_client
from launcher import stopping
from launcher.options import ROOT
from launcher.ports import free_port

CONF = ROOT / "gunicorn.conf.py"
# Answers at once, or when the pipe that the path names is closed by who writes.
APP = """\
def app(environ, start_response):
    if environ["PATH_INFO"] != "/":
        open(environ["PATH_INFO"]).read()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
ARGUMENTS = ("--workers", "2", "--threads", "2", "--no-control-socket")
DEADLINE_SECS = 30


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A gunicorn with our configuration and an app that can be held up."""
    (tmp_path / "held.py").write_text(APP)
    url = f"127.0.0.1:{free_port()}"
    options = ("--config", str(CONF), "--bind", url, "--chdir", str(tmp_path))
    popen = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "held:app", *options, *ARGUMENTS],
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    assert stopping.wait_until(lambda: answers(f"http://{url}"), secs=DEADLINE_SECS)
    yield popen, f"http://{url}"
    popen.kill()
    popen.wait()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).is_success
    except httpx.TransportError:
        return False


def refuses(url: str) -> bool:
    """Whether nobody listens there: a balancer knows at once, and asks another."""
    try:
        httpx.get(url, timeout=0.5)
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        pass
    return False


def test_an_api_that_stops_refuses_new_connections_and_answers_what_it_began(
    server: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    popen, url = server
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as people:
        slow = people.submit(httpx.get, f"{url}{pipe}", timeout=DEADLINE_SECS)
        with pipe.open("w"):  # which waits for the one who reads
            popen.send_signal(signal.SIGTERM)
            refused = stopping.wait_until(lambda: refuses(url), secs=10)
            still_runs = popen.poll() is None

        assert slow.result().text == "ok"
    assert refused
    assert still_runs
    assert popen.wait(DEADLINE_SECS) == 0


def test_who_asks_closes_idle_connections_and_not_the_api(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "unused")
    keepalive = runpy.run_path(str(CONF))["keepalive"]
    caddy = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()
    proxy = re.search(r"\bkeepalive (\d+)s", caddy)

    assert proxy
    assert keepalive > int(proxy[1])
    assert keepalive > api_client.IDLE_SECS
