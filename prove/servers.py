"""The processes of a proof beside its stores: api, worker, bots, and ways that fail."""

import signal
import socket
import sys
from collections.abc import Mapping

import psutil

from launcher.options import ROOT
from launcher.process import Program
from launcher.server import Place, Server

START_SECS = 90


class Python(Server):
    """A Python program that listens on its port."""

    name = "program"
    arguments: tuple[str, ...] = ()

    def __init__(self, place: Place, env: Mapping[str, str]) -> None:
        super().__init__(place, "")
        self.env = env

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def argv(self) -> tuple[str, ...]:
        raise NotImplementedError

    def start(self) -> None:
        self.place.data.mkdir(parents=True, exist_ok=True)
        program = Program(
            name=self.place.data.name,
            argv=(sys.executable, *self.argv()),
            env={**self.env, "DATA_DIR": str(self.place.data)},
            cwd=ROOT,
            log=self.place.log,
            pid_file=self.place.pid_file,
        )
        self._launch(program, secs=START_SECS)

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class Api(Python):
    """An api of several worker processes."""

    name = "api"
    workers = 2

    def argv(self) -> tuple[str, ...]:
        return (
            *("-m", "gunicorn", "osmtalk.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", str(self.workers)),
            *("--threads", "8", "--no-control-socket", "--graceful-timeout", "5"),
        )

    def kill_a_worker(self) -> None:
        """End one of its processes as ``kill -9`` does; the others go on."""
        assert self.process
        workers = psutil.Process(self.process.pid).children()
        if workers:
            workers[0].kill()
            # Until it is gone it may take connections that it will not answer.
            workers[0].wait(START_SECS)


class Worker(Python):
    """The worker with its clock: it runs the jobs."""

    name = "worker"

    def argv(self) -> tuple[str, ...]:
        return (
            *("-m", "celery", "--quiet", "-A", "osmtalk"),
            *("worker", "--beat", "--concurrency=1"),
        )

    def answers(self) -> bool:
        return True


class Jobs(Python):
    """Runs a job when it is asked to; see ``prove.jobs``."""

    name = "jobs"

    def argv(self) -> tuple[str, ...]:
        return ("-m", "prove.jobs", "--port", str(self.port))


class Bot(Python):
    """A bot of ``prove.bot``."""

    name = "bot"
    api = ""

    def argv(self) -> tuple[str, ...]:
        return ("-m", "prove.bot", "--port", str(self.port), "--api", self.api)


class Way(Python):
    """A way to Redis that can be cut, hung, or made to lose answers."""

    name = "proxy"
    to = 0

    def argv(self) -> tuple[str, ...]:
        to = f"127.0.0.1:{self.to}"
        return ("-m", "prove.proxy", "--port", str(self.port), "--to", to)

    def cut(self) -> None:
        """Cut every connection; new ones are taken again at once."""
        self.crash()
        self.start()

    def lose_answers(self) -> None:
        """Lose the next answer on each connection, and cut it."""
        assert self.process
        self.process.signal(signal.SIGUSR1)
