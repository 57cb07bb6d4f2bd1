"""Reads the configuration and runs the bot."""

import asyncio
import os
import sys

from bot.config import Config, ConfigError, load


def main() -> int:
    """Run until told to stop; the exit code."""
    try:
        config = load()
    except ConfigError as error:
        print(f"bot: {error}", file=sys.stderr)
        return 2
    return _run(config)


def _run(config: Config) -> int:
    # numpy's second thread spins between small products, which doubles what the turn
    # model costs. It is read when numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # The rest takes seconds to load, which a bad configuration should not wait for;
    # and logging comes first, since loading logs.
    import uvloop

    from bot.observability import set_up_logging, set_up_sentry

    set_up_logging(config.log_level)
    set_up_sentry(config)

    from bot.process import serve

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serve(config))
