"""Counts the requests to stop. Signal handlers only count; loops look and act."""

import ctypes
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from launcher.errors import StopRequested

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_requests = 0


def listen() -> None:
    """From now on count Ctrl-C, SIGTERM and hang-ups instead of ending at once."""
    for each in SIGNALS:
        signal.signal(each, _count)


def _count(signum: int, frame: FrameType | None) -> None:
    global _requests
    _requests += 1


def requested() -> int:
    """How often a stop has been asked for. Twice means: without waiting for calls."""
    return _requests


def check() -> None:
    """Raise `StopRequested` when a stop has been asked for."""
    if _requests:
        raise StopRequested


def wait_until(condition: Callable[[], bool], *, secs: float) -> bool:
    """Look at `condition` until it holds or `secs` have passed; return whether it held.

    Raises:
        StopRequested: a stop was asked for meanwhile.
    """
    deadline = time.monotonic() + secs
    pause = 0.01
    while not condition():
        check()
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
    return True


def end_with_parent(signum: int = signal.SIGTERM) -> None:
    """Let the kernel send us a signal when our parent ends, however (Linux only)."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signum)
