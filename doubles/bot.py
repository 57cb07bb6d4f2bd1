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

    ``live`` are the calls that it says it has. While ``awake`` is not set it hangs.
    """

    status: int = 201
    answer: dict[str, Any] = field(default_factory=dict)
    live: list[str] = field(default_factory=list)
    draining: bool = False
    overloaded: bool = False
    voice_transport: str = "ok"
    requests: list[Request] = field(default_factory=list)
    awake: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        double = self
        self.awake.set()

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length) or b"{}")
                secret = self.headers.get("x-internal-secret", "")
                double.requests.append(Request(self.command, self.path, body, secret))
                reply = double.answer
                double.awake.wait()
                if self.command == "GET":
                    reply = double.state(self.path)
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

    def state(self, path: str) -> dict[str, Any]:
        """What it says of itself."""
        if path == "/health/deep":
            checks = {"env": "ok", "voice_transport": self.voice_transport}
            return {"checks": checks, "draining": self.draining}
        calls = [{"callId": call} for call in self.live]
        return {
            "calls": calls,
            "draining": self.draining,
            "overloaded": self.overloaded,
        }

    def close(self) -> None:
        self.awake.set()
        self._server.shutdown()
        self._server.server_close()
