"""A bot that takes calls and says nothing: the api's other side, on a socket."""

import json
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    method: str
    path: str
    body: dict[str, Any]
    secret: str


@dataclass
class BotDouble:
    """Answers every request with ``status`` and ``answer``, and keeps what it got.

    ``live`` are the calls that it says it has.
    """

    status: int = 201
    answer: dict[str, Any] = field(default_factory=dict)
    live: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length) or b"{}")
                secret = self.headers.get("x-internal-secret", "")
                double.requests.append(Request(self.command, self.path, body, secret))
                reply = double.answer
                if self.command == "GET":
                    calls = [{"callId": call} for call in double.live]
                    reply = {"calls": calls, "draining": False}
                raw = json.dumps(reply).encode()
                self.send_response(double.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        serve = partial(self._server.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
