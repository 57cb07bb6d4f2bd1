"""The loop's threads, without the trips that cost more than they save."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from aiortc.codecs.base import Encoder


class EncodingInline(ThreadPoolExecutor):
    """Threads for what blocks; a frame of sound is encoded at once.

    aiortc asks for a thread to encode each 10 ms of each call. Opus takes less time for
    it than the way there and back, and a busy loop makes that way longer still.
    """

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> "Future[Any]":
        if not isinstance(getattr(fn, "__self__", None), Encoder):
            return super().submit(fn, *args, **kwargs)
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            # As a thread would: whoever waits for the result gets it.
            done.set_exception(error)
        return done
