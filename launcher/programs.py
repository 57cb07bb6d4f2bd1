"""The programs of osmTalk: how each is started, and how long it may take to stop."""

import sys
from collections.abc import Mapping

from launcher import environment
from launcher.options import ROOT, Options
from launcher.process import Program

PYTHON = sys.executable
# Workers × threads are the requests that are answered at once; a thread that waits
# for a dependency that hangs does not keep the others from answering.
WEB = (
    *("--workers", "2", "--threads", "8"),
    # Its default place is one for all gunicorns of a user.
    "--no-control-socket",
)
WORKER = ("worker", "--beat", "--concurrency=2")
BOT_STOP_SECS = 25


def manage(options: Options, env: Mapping[str, str], *arguments: str) -> Program:
    """A command of `manage.py`."""
    return Program(
        name=arguments[0],
        argv=(PYTHON, "manage.py", *arguments),
        env=env,
        cwd=ROOT,
        log=options.log("setup"),
    )


def web(options: Options, env: Mapping[str, str]) -> Program:
    argv = (PYTHON, "-m", "gunicorn", "osmtalk.wsgi", "--bind", options.bind, *WEB)
    return _program(options, env, "web", argv)


def worker(options: Options, env: Mapping[str, str]) -> Program:
    # Quiet is without the banner, which is no JSON.
    argv = (PYTHON, "-m", "celery", "--quiet", "-A", "osmtalk", *WORKER)
    return _program(options, env, "worker", argv)


def bots(options: Options, env: Mapping[str, str]) -> list[Program]:
    """A program for each of the bot's processes."""
    secs = options.drain_secs + BOT_STOP_SECS
    argv = (PYTHON, "-m", "bot")
    return [
        _program(
            options,
            environment.for_bot(env, port),
            "bot" if number == 1 else f"bot-{number}",
            argv,
            stop_secs=secs,
        )
        for number, port in enumerate(options.bot_ports, 1)
    ]


def _program(
    options: Options,
    env: Mapping[str, str],
    name: str,
    argv: tuple[str, ...],
    *,
    stop_secs: float = 15,
) -> Program:
    return Program(
        name=name,
        argv=argv,
        env=env,
        cwd=ROOT,
        log=options.log(name),
        stop_secs=stop_secs,
        pid_file=options.pid_dir / f"{name}.pid",
    )
