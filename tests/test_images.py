"""What the Dockerfile does, step by step in an empty folder: no engine is needed."""

import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher.ports import free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
START_SECS = 90


def stage(name: str) -> str:
    """The lines of one image."""
    return DOCKERFILE.split(f" AS {name}\n")[1].split("\nFROM ")[0]


def command(name: str) -> list[str]:
    """The image's CMD."""
    found = re.search(r"^CMD (\[.*?\])", stage(name), re.MULTILINE | re.DOTALL)
    assert found
    words: list[str] = json.loads(found[1].replace("\\\n", ""))
    return words


def copy_context(target: Path, *only: str) -> None:
    """What COPY takes: the tracked files, without those that .dockerignore names."""
    ignored = [
        line.removeprefix("**/")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
    ]
    tracked = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *only],
        cwd=ROOT,
        text=True,
    )
    for name in tracked.splitlines():
        parts = Path(name).parts
        if any(fnmatch.fnmatch(part, mask) for part in parts for mask in ignored):
            continue
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def install(venv: Path, requirements: str) -> Path:
    """An environment of nothing but these requirements; its folder of programs."""
    assert f"COPY {requirements} ." in DOCKERFILE
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet"),
            *("--python", str(python), "-r", str(ROOT / requirements)),
        ],
        check=True,
    )
    return venv / "bin"


@contextmanager
def running(words: list[str], cwd: Path, env: dict[str, str]) -> Iterator[None]:
    """The program until the end of the block; it must end well on SIGTERM."""
    log = cwd / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(words, cwd=cwd, env=env, stdout=out, stderr=out)
    try:
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


def wait_for(url: str) -> str:
    deadline = time.monotonic() + START_SECS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return str(response.read().decode())
        except OSError:
            assert time.monotonic() < deadline, url
            time.sleep(0.2)


def test_the_api_image_serves(tmp_path: Path, django_db_setup: None) -> None:
    app, data, port = tmp_path / "app", tmp_path / "data", free_port()
    data.mkdir()
    copy_context(app)
    programs = install(tmp_path / "venv", "requirements.txt")
    path = {"PATH": f"{programs}:{os.environ['PATH']}", "DATA_DIR": str(data)}
    static = {"STATIC_ROOT": str(app / "staticfiles")}
    assert "RUN APP_ENV=build python manage.py collectstatic" in stage("api")
    subprocess.run(
        ["python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=app,
        env=path | static | {"APP_ENV": "build"},
        check=True,
    )
    env = path | static | {"APP_ENV": "production"}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SECRET_KEY"):
        env[name] = os.environ[name]
    env["INTERNAL_API_SECRET"] = "a secret of this test, of more than 32 characters"
    words = [
        word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in command("api")
    ]
    assert not list(app.rglob("test_*.py"))

    with running([str(programs / words[0]), *words[1:]], app, env):
        health = json.loads(wait_for(f"http://127.0.0.1:{port}/api/health"))
        page = wait_for(f"http://127.0.0.1:{port}/login")
        css = re.search(r'href="(/static/css/base\.[0-9a-f]+\.css)"', page)
        assert css
        assert wait_for(f"http://127.0.0.1:{port}{css[1]}")

    assert health["status"] == "healthy"


def test_the_bot_image_answers(tmp_path: Path) -> None:
    app, port = tmp_path / "app", free_port()
    copy_context(app, "bot")
    programs = install(tmp_path / "venv", "requirements-bot.txt")
    env = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "APP_ENV": "production",
        "BOT_PORT": str(port),
        "DATA_DIR": str(tmp_path / "data"),
        "API_URL": "http://127.0.0.1:1",
        "INTERNAL_API_SECRET": "a secret of this test, of more than 32 characters",
    }
    words = command("bot")
    assert "COPY bot bot" in stage("bot")

    with running([str(programs / words[0]), *words[1:]], app, env):
        health = json.loads(wait_for(f"http://127.0.0.1:{port}/health"))
        deep = json.loads(wait_for(f"http://127.0.0.1:{port}/health/deep"))

    assert health == {"status": "ok"}
    assert deep["status"] == "healthy"
