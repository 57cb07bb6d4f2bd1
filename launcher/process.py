"""Programs in their own process groups, none of which outlives the launcher."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from launcher import stopping
from launcher.account import Account


@dataclass(frozen=True)
class Program:
    """What to run, and how it is asked to stop.

    Attributes:
        name: for messages, and for the names of its log and of its pid file.
        log: takes its output; the output of an earlier run is kept as `*.1.log`.
        stop_secs: how long it may take to stop before it is killed.
        pid_file: remembers the process for a launcher that comes after a crash.
        account: whom to run it as; ourselves if it is None.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    stop_signal: int = signal.SIGTERM
    stop_secs: float = 10
    pid_file: Path | None = None
    account: Account | None = None


class Process:
    """A started program and the process group below it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        _keep_earlier_log(program.log)
        prefix, identity = _identity(program.account)
        with program.log.open("ab") as log:
            self._popen = subprocess.Popen(
                (*prefix, *program.argv),
                cwd=program.cwd,
                env=dict(program.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the launcher alone, which stops all in order.
                start_new_session=True,
                **identity,
                preexec_fn=_end_with_parent(program.stop_signal),
            )
        if program.pid_file:
            _remember(program, self._popen.pid)

    @property
    def pid(self) -> int:
        return self._popen.pid

    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._popen.poll()

    def wait(self, secs: float) -> int | None:
        """The exit status, or None if it still runs after `secs`."""
        stopping.wait_until(lambda: self.status() is not None, secs=secs)
        return self.status()

    def signal(self, signum: int) -> None:
        """Send a signal to the program alone."""
        self._popen.send_signal(signum)

    def signal_group(self, signum: int) -> None:
        """Send a signal to the program and all that it has started."""
        # PermissionError is what macOS says of a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)

    def stop(self) -> None:
        """Ask it to stop, wait, and see to it that nothing of it is left."""
        stop_all([self])

    def kill(self) -> None:
        """End it and all that it has started at once, as a crash would."""
        self.signal_group(signal.SIGKILL)
        self._popen.wait()
        if self.program.pid_file:
            self.program.pid_file.unlink(missing_ok=True)

    def last_line(self) -> str:
        """The last thing it wrote, for a message of one line."""
        return last_line(self.program.log)


def stop_all(processes: Sequence[Process], *, patient: bool = True) -> None:
    """Stop these together, each within its own time.

    With `patient` false, or at a second Ctrl-C, they get two seconds.
    """
    running = [each for each in processes if each.status() is None]
    for each in running:
        each.signal(signal.SIGCONT)
        each.signal(each.program.stop_signal)
    start = time.monotonic()
    for each in running:
        while each.status() is None:
            hurry = not patient or stopping.requested() > 1
            allowed = (
                min(each.program.stop_secs, 2) if hurry else each.program.stop_secs
            )
            if time.monotonic() - start > allowed:
                break
            time.sleep(0.02)
    for each in processes:
        each.kill()


def end_leftovers(folder: Path, *, secs: float) -> list[str]:
    """End what a killed launcher has left behind; return the names.

    A pid file names the process by pid and start time, so that a later process
    with the same number is left alone.
    """
    found: dict[psutil.Process, str] = {}
    for file in folder.glob("*.pid"):
        if process := _recall(file):
            found[process] = file.stem
        file.unlink(missing_ok=True)
    _, stubborn = psutil.wait_procs(found, timeout=secs)
    for process in stubborn:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return sorted(found.values())


def last_line(log: Path) -> str:
    """The last line of a log, or the message in it when it is JSON."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    line = next((line.strip() for line in reversed(lines) if line.strip()), "")
    with contextlib.suppress(ValueError, TypeError, KeyError):
        line = json.loads(line)["msg"]
    return line[:300]


def _end_with_parent(signum: int) -> Callable[[], None]:
    parent = os.getpid()

    def before_exec() -> None:
        stopping.end_with_parent(signum)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def _identity(account: Account | None) -> tuple[tuple[str, ...], dict[str, Any]]:
    """What goes before the command, and what Popen is told, to run as the account."""
    if account is None or account.is_ours:
        return (), {}
    if account.prefix:
        return account.prefix, {}
    return (), {"user": account.uid, "group": account.gid, "extra_groups": []}


def _keep_earlier_log(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".1.log"))


def _remember(program: Program, pid: int) -> None:
    assert program.pid_file
    program.pid_file.parent.mkdir(parents=True, exist_ok=True)
    created = psutil.Process(pid).create_time()
    known = {"pid": pid, "created": created, "signal": program.stop_signal}
    program.pid_file.write_text(json.dumps(known))


def _recall(file: Path) -> psutil.Process | None:
    """The process that a pid file names, told to stop; None if it is gone."""
    try:
        known = json.loads(file.read_text())
        process = psutil.Process(known["pid"])
        if abs(process.create_time() - known["created"]) > 1:
            return None
        process.send_signal(known["signal"])
    except (ValueError, KeyError, psutil.Error):
        return None
    return process
