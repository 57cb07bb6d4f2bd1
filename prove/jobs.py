"""Runs jobs of the worker when asked: ``GET /<name>`` answers the job's result.

The worker runs them by its clock; a proof wants them at a certain moment.
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import django
from django.db import connections

from launcher import stopping


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        from jobs import work

        # As Celery does before a task: the one from before may have been cut.
        connections.close_all()
        jobs = {
            "end-lost-calls": work.end_lost_calls,
            "record-peaks": work.record_peaks,
        }
        raw = json.dumps(jobs[self.path.strip("/")]()).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:
        pass


if __name__ == "__main__":
    stopping.end_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    django.setup()
    HTTPServer(("127.0.0.1", parser.parse_args().port), Handler).serve_forever()
