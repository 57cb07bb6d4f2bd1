"""`make run`: the servers, the set-up, the programs, and one line for each step."""

import contextlib
import os
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

from launcher import (
    bots,
    environment,
    options,
    programs,
    secret_store,
    stopping,
    welcome,
)
from launcher.bots import Bot
from launcher.errors import LauncherError
from launcher.lock import only_launcher
from launcher.options import Options
from launcher.ports import require_free
from launcher.postgres import Postgres
from launcher.process import Process, Program, end_leftovers, stop_all
from launcher.server import Place, Server
from launcher.valkey import Valkey
from launcher.welcome import say

START_SECS = 90
SETUP_SECS = 600
# Straight to our own programs, whatever proxy the environment names.
http = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main() -> int:
    """Run until stopped; the exit status."""
    if "MAKELEVEL" in os.environ:
        stopping.end_with_parent()
    stopping.listen()
    chosen = options.read()
    with only_launcher(chosen.data_dir), ExitStack() as stack:
        # What is made from here on is for our own eyes.
        os.umask(0o077)
        for name in end_leftovers(chosen.pid_dir, secs=15):
            say(f"ended what an earlier start has left behind: {name}")
        require_free("PORT", chosen.port)
        for port in chosen.bot_ports:
            require_free("BOT_PORT", port)
        welcome.forget(chosen)
        secrets = secret_store.load(chosen)
        servers, urls = start_servers(chosen, secrets, stack)
        env = environment.for_programs(chosen, own_secrets(secrets), urls)
        set_up(chosen, env)
        with running(chosen, env) as (processes, own_bots):
            welcome.show(chosen, env, is_ours=bool(servers))
            return watch(processes, [*servers, *own_bots])


def own_secrets(secrets: Mapping[str, str]) -> dict[str, str]:
    return {name: secrets[name] for name in secret_store.REQUIRED}


def start_servers(
    chosen: Options, secrets: Mapping[str, str], stack: ExitStack
) -> tuple[list[Server], dict[str, str]]:
    """Start a server for each URL that was not given; they stop with the stack.

    Returns:
        Our own servers, and the URLs of PostgreSQL and Redis, ours or not.
    """
    names = ("DATABASE_URL", "REDIS_URL")
    urls = {name: chosen.given[name] for name in names if name in chosen.given}
    servers: list[Server] = []
    if "DATABASE_URL" not in urls:
        postgres = Postgres(place(chosen, "postgres"), secrets["POSTGRES_PASSWORD"])
        start(postgres, stack)
        servers.append(postgres)
        urls["DATABASE_URL"] = postgres.create_database()
    if "REDIS_URL" not in urls:
        valkey = Valkey(place(chosen, "valkey"), secrets["VALKEY_PASSWORD"])
        start(valkey, stack)
        servers.append(valkey)
        urls["REDIS_URL"] = valkey.url
    return servers, urls


def place(chosen: Options, name: str) -> Place:
    return Place(
        data=chosen.data_dir / name,
        log=chosen.log(name),
        pid_file=chosen.pid_dir / f"{name}.pid",
    )


def start(server: Server, stack: ExitStack) -> None:
    say(f"starting {server.name}")
    stack.callback(server.stop)
    server.start()


def set_up(chosen: Options, env: Mapping[str, str]) -> None:
    """Bring the database up to date, and fill it with what a first look needs."""
    steps = [
        ("bringing the database up to date", ("migrate", "--verbosity", "0")),
        ("loading the price book", ("load_rates",)),
        ("collecting static files", ("collectstatic", "--noinput", "--verbosity", "0")),
    ]
    if chosen.given.get("MINIO_ENDPOINT"):
        steps.append(("preparing the store of recordings", ("setup_storage",)))
    if not chosen.in_production:
        file = str(chosen.credentials_file)
        steps.append(("making demo data", ("seed_demo", "--credentials", file)))
    unchecked: list[str] = []
    for line, arguments in steps:
        say(line)
        run_to_end(programs.manage(chosen, env, *arguments, *unchecked))
        # The first has checked the project for all of them.
        unchecked = ["--skip-checks"]


def run_to_end(program: Program) -> None:
    process = Process(program)
    try:
        status = process.wait(SETUP_SECS)
    finally:
        process.kill()
    if status != 0:
        raise LauncherError(f"{program.name} failed: {process.last_line()}")


@contextlib.contextmanager
def running(
    chosen: Options, env: Mapping[str, str]
) -> Iterator[tuple[list[Process], list[Bot]]]:
    """Web, worker and bots, once they answer. The bots are stopped first: they say
    goodbye to their callers and report to a site that is still there."""
    say("starting web, worker and bot")
    later: list[Process] = []
    own_bots: list[Bot] = []
    try:
        later.append(Process(programs.web(chosen, env)))
        later.append(Process(programs.worker(chosen, env)))
        for program, port in zip(
            programs.bots(chosen, env), chosen.bot_ports, strict=True
        ):
            own_bots.append(Bot(program, port))
        wait_for(later[0], f"http://127.0.0.1:{chosen.port}/api/health")
        for bot in own_bots:
            wait_for(bot.process, bot.url)
        yield later, own_bots
    finally:
        say("stopping")
        bots.stop(own_bots)
        stop_all(later)


def wait_for(process: Process, url: str) -> None:
    name = process.program.name
    stopping.wait_until(
        lambda: process.status() is not None or answers(url), secs=START_SECS
    )
    if process.status() is not None:
        raise LauncherError(f"{name} ended: {process.last_line()}")
    if not answers(url):
        raise LauncherError(f"{name} does not answer; see {process.program.log}")


def answers(url: str) -> bool:
    try:
        with http.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def watch(processes: Sequence[Process], revived: Sequence[Server | Bot]) -> int:
    """Wait until a stop is asked for, or one of the programs ends by itself.

    A server or a bot that ends is started again: the others are made to outlast that.
    """
    while not stopping.requested():
        for process in processes:
            if process.status() is not None:
                name, log = process.program.name, process.program.log
                raise LauncherError(
                    f"{name} ended with status {process.status()}: "
                    f"{process.last_line()} (see {log})"
                )
        for each in revived:
            if each.revive():
                say(f"{each.name} had ended; it was started again")
        time.sleep(0.2)
    return 0
