"""A balancer in front of replicas: each connection goes to the next one."""

import asyncio
from contextlib import suppress
from itertools import count


class Balancer:
    """Passes bytes on to the ports in ``targets``, in turn. A replica that takes no
    connection is passed over."""

    def __init__(self) -> None:
        self.targets: list[int] = []
        self.port = 0
        self._turn = count()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()

    def use(self, targets: list[int]) -> None:
        """Pass on to these alone from now on: what is open is closed."""
        self.targets = targets
        for writer in self._open:
            writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for _ in range(len(self.targets)):
            target = self.targets[next(self._turn) % len(self.targets)]
            with suppress(OSError):
                there, back = await asyncio.open_connection("127.0.0.1", target)
                self._open.add(writer)
                try:
                    await asyncio.gather(pass_on(reader, back), pass_on(there, writer))
                finally:
                    self._open.discard(writer)
                return
        writer.close()


async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await source.read(65536):
            sink.write(some)
            await sink.drain()
    sink.close()
