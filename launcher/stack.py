"""A whole osmTalk beside others, for tests: `make run` with ports of its own."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import psutil

from launcher.options import ROOT
from launcher.ports import free_port

COMMAND = (sys.executable, "-m", "launcher", "run")


class Stack:
    """Servers, web, worker and bot on free ports, with a data folder of their own.

    ``more`` are further variables of its environment.
    """

    def __init__(self, data: Path, **more: str) -> None:
        self.data = data
        self.env = {"PATH": os.environ["PATH"], "DATA_DIR": str(data)} | {
            "PORT": str(free_port()),
            "BOT_PORT": str(free_port()),
            **more,
        }
        self.popen: subprocess.Popen[str] | None = None
        self.printed = ""

    @property
    def demo(self) -> dict[str, str]:
        """Addresses and credentials; see ``demo.json``."""
        known: dict[str, str] = json.loads((self.data / "demo.json").read_text())
        return known

    @property
    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def start(self) -> None:
        """Start, and keep in ``printed`` what was printed until everything was up.

        Raises:
            AssertionError: it ended instead; the text is what it printed.
        """
        # PostgreSQL may run as another account, which must be able to go through.
        for folder in self.data.parents:
            if folder.owner() == Path(self.data.parent).owner() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
        self.popen = subprocess.Popen(
            COMMAND, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True
        )
        assert self.popen.stdout
        self.printed = ""
        for line in self.popen.stdout:
            self.printed += str(line)
            if "Ctrl-C" in line:
                return
        raise AssertionError(self.printed)

    def try_to_start(self, **more: str) -> subprocess.CompletedProcess[str]:
        """Start where that is expected to be refused."""
        return subprocess.run(
            COMMAND,
            cwd=ROOT,
            env=self.env | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def stop(self, signum: int) -> int:
        """Send the launcher a signal; the exit status."""
        assert self.popen
        assert self.popen.stdout
        self.popen.send_signal(signum)
        status = self.popen.wait(90)
        self.popen.stdout.close()
        return status

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

    def log(self, name: str) -> str:
        """What web, worker or bot has logged since its start."""
        return (self.data / "log" / f"{name}.log").read_text()
