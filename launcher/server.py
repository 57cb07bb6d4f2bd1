"""What the embedded servers have in common: start until it answers, stop, fail."""

import contextlib
import os
import signal
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import psutil

from launcher import stopping
from launcher.errors import LauncherError
from launcher.ports import free_port
from launcher.process import Process, Program

SHORTEST_LIFE_SECS = 5
# Nothing of the caller's locale, and none of the variables that libpq reads.
ENV = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


@dataclass(frozen=True)
class Place:
    """Where a server keeps its things.

    Attributes:
        data: its folder, made at the first start.
        log: the file for its messages.
        pid_file: remembers its process; None for servers of tests.
    """

    data: Path
    log: Path
    pid_file: Path | None = None


class Server(ABC):
    """A server on a free port of the loopback, the same one at every start."""

    name: str

    def __init__(self, place: Place, password: str) -> None:
        self.place = place
        self.password = password
        self.port = free_port()
        self.process: Process | None = None
        self._started = 0.0

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            LauncherError: it did not start.
        """

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes a connection now."""

    def stop(self) -> None:
        """Stop it in good order, connections or not."""
        if self.process:
            self.process.stop()

    def crash(self) -> None:
        """End it as `kill -9` does."""
        assert self.process
        self.process.kill()

    def pause(self) -> None:
        """Let it hang: connections stay open, and nothing is answered."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        self._signal_all(signal.SIGCONT)

    def revive(self) -> bool:
        """Start it again if it has ended; return whether it had.

        Raises:
            LauncherError: it ends as soon as it is started.
        """
        assert self.process
        if self.process.status() is None:
            return False
        if time.monotonic() - self._started < SHORTEST_LIFE_SECS:
            raise LauncherError(f"{self.name} ended: {self.process.last_line()}")
        self.start()
        return True

    def _launch(self, program: Program, *, secs: float) -> None:
        self._started = time.monotonic()
        process = self.process = Process(program)
        stopping.wait_until(
            lambda: process.status() is not None or self.answers(), secs=secs
        )
        if not self.answers():
            self.stop()
            raise LauncherError(f"{self.name} did not start: {process.last_line()}")

    def _signal_all(self, signum: int) -> None:
        assert self.process
        parent = psutil.Process(self.process.pid)
        for each in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.send_signal(signum)
