"""`make run`: the servers, the set-up, the programs, and one line for each step."""

import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from launcher import environment, options, programs, secret_store, stopping
from launcher.errors import LauncherError
from launcher.lock import only_launcher
from launcher.options import Options
from launcher.ports import require_free
from launcher.postgres import Postgres
from launcher.process import Process, Program, end_leftovers, stop_all
from launcher.server import Place
from launcher.valkey import Valkey

START_SECS = 90
SETUP_SECS = 600
CREDENTIALS = ("username", "password", "apiKey", "organizationId", "agentId")


def main() -> int:
    """Run until stopped; the exit status."""
    stopping.listen()
    chosen = options.read()
    with only_launcher(chosen.data_dir), ExitStack() as stack:
        for name in end_leftovers(chosen.pid_dir, secs=15):
            say(f"ended what an earlier start has left behind: {name}")
        require_free("PORT", chosen.port)
        require_free("BOT_PORT", chosen.bot_port)
        secrets = secret_store.load(chosen)
        urls = stack.enter_context(servers(chosen, secrets))
        env = environment.for_programs(chosen, own_secrets(secrets), urls)
        set_up(chosen, env)
        with running(chosen, env) as processes:
            welcome(chosen, env, is_ours=len(given_urls(chosen)) < len(urls))
            return watch(processes)


def say(line: str) -> None:
    print(f"  {line}", flush=True)


def own_secrets(secrets: Mapping[str, str]) -> dict[str, str]:
    return {name: secrets[name] for name in secret_store.REQUIRED}


def given_urls(chosen: Options) -> dict[str, str]:
    names = ("DATABASE_URL", "REDIS_URL")
    return {name: chosen.given[name] for name in names if name in chosen.given}


@contextlib.contextmanager
def servers(chosen: Options, secrets: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The URLs of PostgreSQL and Redis: those that were given, else of our own."""
    urls = given_urls(chosen)
    with ExitStack() as stack:
        if "DATABASE_URL" not in urls:
            postgres = Postgres(place(chosen, "postgres"), secrets["POSTGRES_PASSWORD"])
            start(postgres, stack)
            urls["DATABASE_URL"] = postgres.create_database()
        if "REDIS_URL" not in urls:
            valkey = Valkey(place(chosen, "valkey"), secrets["VALKEY_PASSWORD"])
            start(valkey, stack)
            urls["REDIS_URL"] = valkey.url
        yield urls


def place(chosen: Options, name: str) -> Place:
    return Place(
        data=chosen.data_dir / name,
        log=chosen.log(name),
        pid_file=chosen.pid_dir / f"{name}.pid",
    )


def start(server: Postgres | Valkey, stack: ExitStack) -> None:
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
    if env["APP_ENV"] != "production":
        file = str(credentials_file(chosen))
        steps.append(("making demo data", ("seed_demo", "--credentials", file)))
    for line, arguments in steps:
        say(line)
        run_to_end(programs.manage(chosen, env, *arguments))


def run_to_end(program: Program) -> None:
    process = Process(program)
    try:
        status = process.wait(SETUP_SECS)
    finally:
        process.kill()
    if status != 0:
        raise LauncherError(f"{program.name} failed: {process.last_line()}")


@contextlib.contextmanager
def running(chosen: Options, env: Mapping[str, str]) -> Iterator[list[Process]]:
    """Web, worker and bot, once they answer. The bot is stopped first: it says goodbye
    to its callers and reports to a site that is still there."""
    say("starting web, worker and bot")
    later: list[Process] = []
    bot: list[Process] = []
    try:
        later.append(Process(programs.web(chosen, env)))
        later.append(Process(programs.worker(chosen, env)))
        bot.append(Process(programs.bot(chosen, env)))
        wait_for(later[0], f"http://127.0.0.1:{chosen.port}/api/health")
        wait_for(bot[0], f"http://127.0.0.1:{chosen.bot_port}/health")
        yield [*later, *bot]
    finally:
        say("stopping")
        stop_all(bot)
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
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def credentials_file(chosen: Options) -> Path:
    return chosen.data_dir / "credentials.json"


def welcome(chosen: Options, env: Mapping[str, str], *, is_ours: bool) -> None:
    """Print where it is and how to get in, and keep the same for scripts."""
    url = env["PUBLIC_URL"]
    print(f"\nosmTalk runs on {url}", flush=True)
    file = credentials_file(chosen)
    if env["APP_ENV"] != "production" and file.exists():
        known = json.loads(file.read_text())
        print(f"  log in as  {known['username']}  with  {known['password']}")
        print(f"  API key    {known['apiKey']}")
        if is_ours:
            keep_for_scripts(chosen, env, known)
    print(f"  logs       {chosen.data_dir / 'log'}")
    print("  Ctrl-C stops everything, the data stays.\n", flush=True)


def keep_for_scripts(
    chosen: Options, env: Mapping[str, str], known: Mapping[str, str]
) -> None:
    demo = {name: known[name] for name in CREDENTIALS} | {
        "url": env["PUBLIC_URL"],
        "botUrl": env["BOT_URL"],
        "internalSecret": env["INTERNAL_API_SECRET"],
        "databaseUrl": env["DATABASE_URL"],
        "redisUrl": env["REDIS_URL"],
    }
    secret_store.write_private(chosen.data_dir / "demo.json", demo)


def watch(processes: list[Process]) -> int:
    """Wait until a stop is asked for, or one of the programs ends by itself."""
    while not stopping.requested():
        for process in processes:
            if process.status() is not None:
                name, log = process.program.name, process.program.log
                raise LauncherError(
                    f"{name} ended with status {process.status()}: "
                    f"{process.last_line()} (see {log})"
                )
        time.sleep(0.2)
    return 0
