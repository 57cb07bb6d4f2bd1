"""Read by gunicorn when it starts here. Options on its command line go before these."""

import os
import shutil
from pathlib import Path
from typing import Any

# All processes of an api count into one folder. It must be named before the application
# is loaded, and what an earlier start has left there is of no use.
# Several apis on one machine are each given a folder of their own.
given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
metrics_dir = Path(given or Path(os.environ.get("DATA_DIR") or ".data") / "metrics")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics_dir)


def on_starting(server: Any) -> None:
    shutil.rmtree(metrics_dir, ignore_errors=True)
    metrics_dir.mkdir(parents=True)


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess  # it reads the variable

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
