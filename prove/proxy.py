"""A way to a server that can fail: ``python -m prove.proxy --port N --to HOST:PORT``.

Kill it and every connection is cut; pause it and they hang. SIGUSR1: the next answer
of each connection is lost and the connection cut, so that what was asked has been done
and nobody is told.
"""

import argparse
import asyncio
import contextlib
import signal

from launcher import stopping

CHUNK = 65_536
TIMID = (OSError, asyncio.IncompleteReadError)


class Way:
    """Passes bytes on in both directions."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.lossy: set[asyncio.StreamWriter] = set()
        self.open: set[asyncio.StreamWriter] = set()

    def lose_next_answers(self) -> None:
        self.lossy |= self.open

    async def take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one client until either side closes."""
        try:
            to_reader, to_writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.transport.abort()
            return
        self.open.add(writer)
        ways = [
            asyncio.ensure_future(self.answers(to_reader, writer)),
            asyncio.ensure_future(pass_on(reader, to_writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self.open.discard(writer)
            self.lossy.discard(writer)
            for each in (writer, to_writer):
                each.transport.abort()

    async def answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(*TIMID):
            while data := await reader.read(CHUNK):
                if writer in self.lossy:
                    return
                writer.write(data)
                await writer.drain()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(*TIMID):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()


async def main(port: int, host: str, to: int) -> None:
    way = Way(host, to)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, way.lose_next_answers)
    server = await asyncio.start_server(way.take, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    stopping.end_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--to", required=True)
    given = parser.parse_args()
    to_host, _, to_port = given.to.rpartition(":")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(given.port, to_host, int(to_port)))
