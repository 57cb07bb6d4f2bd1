"""What the environment asks of the launcher, read once and checked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError

ROOT = Path(__file__).resolve().parent.parent
MAX_SECS = 86_400
MOST_BOTS = 64
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}


@dataclass(frozen=True)
class Options:
    """The choices of one run.

    Attributes:
        given: the environment, without variables that are set to nothing.
        data_dir: holds the databases, secrets, logs and recordings.
        port: where the site listens.
        bot_ports: where the bots listen, one process each.
        drain_secs: how long the bot may take to end its calls.
    """

    given: Mapping[str, str]
    data_dir: Path
    port: int
    bot_ports: tuple[int, ...]
    drain_secs: float

    @property
    def in_production(self) -> bool:
        return self.given.get("APP_ENV") == "production"

    @property
    def allowed_hosts(self) -> list[str]:
        """The hosts that the site answers to; our own bot calls it on the loopback."""
        hosts = [x.strip() for x in self.given.get("ALLOWED_HOSTS", "").split(",")]
        hosts = [host for host in hosts if host] or ["localhost"]
        return hosts if "127.0.0.1" in hosts else [*hosts, "127.0.0.1"]

    @property
    def bind(self) -> str:
        """The address to listen on: the loopback, unless other hosts are allowed."""
        is_local = LOCAL_HOSTS.issuperset(self.allowed_hosts)
        return f"{'127.0.0.1' if is_local else '0.0.0.0'}:{self.port}"

    @property
    def pid_dir(self) -> Path:
        return self.data_dir / "run"

    @property
    def credentials_file(self) -> Path:
        """Where `seed_demo` writes how to get in."""
        return self.data_dir / "credentials.json"

    @property
    def demo_file(self) -> Path:
        """What scripts read; see `launcher.welcome`."""
        return self.data_dir / "demo.json"

    def log(self, name: str) -> Path:
        return self.data_dir / "log" / f"{name}.log"


def read(environ: Mapping[str, str] = os.environ) -> Options:
    """Read the options.

    Raises:
        LauncherError: a value cannot be used; the message names the variable.
    """
    given = {name: value for name, value in environ.items() if value.strip()}
    options = Options(
        given=given,
        data_dir=ROOT / Path(given.get("DATA_DIR", ".data")).expanduser(),
        port=_port(given, "PORT", 8000),
        bot_ports=_bot_ports(given),
        drain_secs=_secs(given, "SHUTDOWN_GRACE_SECS", 20)
        + _secs(given, "DRAIN_MAX_SECS", 0),
    )
    if options.port in options.bot_ports:
        raise LauncherError("PORT and BOT_PORT take two different ports.")
    return options


def _bot_ports(given: Mapping[str, str]) -> tuple[int, ...]:
    """BOT_PORT and those after it, one for each process. A process keeps one core busy;
    half of them are left to everything else."""
    first = _port(given, "BOT_PORT", 8080)
    text = given.get("BOT_PROCESSES", str(max((os.cpu_count() or 1) // 2, 1))).strip()
    most = min(MOST_BOTS, 65536 - first)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= most):
        raise LauncherError(f"BOT_PROCESSES takes 1 to {most}, not {text!r}.")
    return tuple(range(first, first + int(text)))


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default)).strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise LauncherError(f"{name} takes a port from 1 to 65535, not {text!r}.")
    return int(text)


def _secs(given: Mapping[str, str], name: str, default: float) -> float:
    text = given.get(name, str(default)).strip()
    try:
        secs = float(text)
    except ValueError:
        secs = -1
    if not 0 <= secs <= MAX_SECS:
        raise LauncherError(
            f"{name} takes seconds, from 0 to {MAX_SECS}, not {text!r}."
        )
    return secs
