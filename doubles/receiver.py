"""Somebody else's server that is told of things: a receiver of webhooks."""

import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers each POST with ``status``, ``headers`` and ``answer``, and keeps what it
    got. While ``awake`` is not set it hangs."""

    status: int = 200
    answer: bytes = b"Thanks."
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    awake: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        double = self
        self.awake.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                headers = dict(self.headers.items())
                double.received.append(Received(self.path, headers, body))
                double.awake.wait()
                self.send_response(double.status)
                for name, value in double.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(double.answer)))
                self.end_headers()
                self.wfile.write(double.answer)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Those who hang up in between are expected."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        serve = partial(self._server.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()

    def close(self) -> None:
        self.awake.set()
        self._server.shutdown()
        self._server.server_close()
