"""Read by gunicorn when it starts here. Options on its command line go before these."""

import os
import shutil
from pathlib import Path
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# Longer than any client of ours keeps an idle connection, the bots and the proxy: who
# asks closes it, so that no request meets a connection that is just being closed.
keepalive = 75

# All processes of an api count into one folder. It must be named before the application
# is loaded, and what an earlier start has left there is of no use.
# Several apis on one machine are each given a folder of their own.
given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
metrics_dir = Path(given or Path(os.environ.get("DATA_DIR") or ".data") / "metrics")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics_dir)


class Worker(ThreadWorker):  # type: ignore[misc]
    """Refuses connections as soon as it stops, while it answers what it has begun.

    Otherwise the kernel takes them for as long as the longest request lasts, nobody
    answers, and a balancer does not know that it should ask another api.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()


worker_class = Worker


def on_starting(server: Any) -> None:
    shutil.rmtree(metrics_dir, ignore_errors=True)
    metrics_dir.mkdir(parents=True)


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess  # it reads the variable

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
