"""The child processes that speak and listen, shared by all calls."""

import asyncio
import json
import struct
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

from bot.offline import child

# Two of each keep two callers from waiting for each other; the machine that runs
# the demo has no more cores to give.
_CHILDREN = 2
_LENGTH = struct.Struct("<I")


class EngineFailed(Exception):
    """The child died; the next request starts another."""


class _Child:
    """One process, one request at a time."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = asyncio.Lock()
        self._process: Process | None = None

    @property
    def busy(self) -> bool:
        return self._lock.locked()

    async def ask(
        self, header: dict[str, Any], payload: bytes
    ) -> tuple[dict[str, Any], bytes]:
        async with self._lock:
            process = await self._started()
            # A caller who cuts in cancels the request, but its answer still comes
            # and must not be taken for that of the next one.
            exchange = asyncio.ensure_future(self._exchange(process, header, payload))
            try:
                return await asyncio.shield(exchange)
            except asyncio.CancelledError:
                await asyncio.wait([exchange])
                raise

    async def _exchange(
        self, process: Process, header: dict[str, Any], payload: bytes
    ) -> tuple[dict[str, Any], bytes]:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(child.frame(header, payload))
            await process.stdin.drain()
            return await _read(process.stdout)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.stop()
            raise EngineFailed(self._kind) from error

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot.offline.child", self._kind,
                stdin=PIPE, stdout=PIPE,
            )  # fmt: skip
        return self._process

    def stop(self) -> Process | None:
        """Kill the process; the next request starts another."""
        process, self._process = self._process, None
        if process and process.returncode is None:
            process.kill()
        return process

    async def wait_stopped(self) -> None:
        if process := self.stop():
            await process.wait()


class OfflineEngines:
    """Speech and recognition, each in its own children, started when needed."""

    def __init__(self) -> None:
        self._speak = [_Child("speak") for _ in range(_CHILDREN)]
        self._listen = [_Child("listen") for _ in range(_CHILDREN)]

    async def speak(self, text: str, *, voice: str, rate: int) -> bytes:
        """16-bit mono PCM of `text` at `rate` Hz."""
        header = {"voice": voice, "rate": rate}
        _, pcm = await _free(self._speak).ask(header, text.encode())
        return pcm

    async def listen(self, pcm: bytes) -> str:
        """What was said in 16-bit mono PCM at 16 kHz, or nothing."""
        header, _ = await _free(self._listen).ask({}, pcm)
        return str(header["text"])

    async def warm_up(self) -> None:
        """Load the models, so that the first caller does not wait for them."""
        await asyncio.gather(
            self.speak("Hello", voice="en-gb", rate=16_000), self.listen(bytes(3200))
        )

    async def stop(self) -> None:
        """End the children."""
        for one in (*self._speak, *self._listen):
            await one.wait_stopped()


def _free(children: list[_Child]) -> _Child:
    return next((one for one in children if not one.busy), children[0])


async def _read(stream: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    length = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))[0]
    header = json.loads(await stream.readexactly(length))
    return header, await stream.readexactly(header["bytes"])
