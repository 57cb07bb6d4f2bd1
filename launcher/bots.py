"""The bot's processes: all of them answer, and one that dies is started again."""

import time

from launcher.errors import LauncherError
from launcher.process import Process, Program, stop_all

# What ends sooner would end again.
SHORTEST_LIFE_SECS = 10.0


class Bot:
    """One process, which others may outlive: its calls are lost, theirs are not."""

    def __init__(self, program: Program, port: int) -> None:
        self.program = program
        self.name = program.name
        self.url = f"http://127.0.0.1:{port}/health"
        self._start()

    def _start(self) -> None:
        self.process = Process(self.program)
        self._started = time.monotonic()

    def revive(self) -> bool:
        """Start it again if it has ended; return whether it had.

        Raises:
            LauncherError: it ends as soon as it is started.
        """
        if self.process.status() is None:
            return False
        if time.monotonic() - self._started < SHORTEST_LIFE_SECS:
            raise LauncherError(
                f"{self.program.name} ended: {self.process.last_line()} "
                f"(see {self.program.log})"
            )
        self._start()
        return True


def stop(bots: list[Bot]) -> None:
    """All at once, each within its own time."""
    stop_all([bot.process for bot in bots])
