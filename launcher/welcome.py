"""What the operator is told, on the terminal and in `demo.json`."""

import contextlib
import json
from collections.abc import Mapping

from launcher.options import Options
from launcher.secret_store import write_private

CREDENTIALS = ("username", "password", "apiKey", "organizationId", "agentId")


def say(line: str, indent: str = "  ") -> None:
    """Print a line, if there still is a terminal that takes it."""
    with contextlib.suppress(OSError):
        print(f"{indent}{line}", flush=True)


def show(chosen: Options, env: Mapping[str, str], *, is_ours: bool) -> None:
    """Print where it is and how to get in, and keep the same for scripts.

    Args:
        is_ours: whether we started a server for it.
    """
    say("", indent="")
    say(f"osmTalk runs on {env['PUBLIC_URL']}", indent="")
    file = chosen.credentials_file
    if not chosen.in_production and file.exists():
        known = json.loads(file.read_text())
        say(f"log in as  {known['username']}  with  {known['password']}")
        say(f"API key    {known['apiKey']}")
        if is_ours:
            keep_for_scripts(chosen, env, known)
    say(f"logs       {chosen.data_dir / 'log'}")
    say("Ctrl-C stops everything, the data stays.")
    say("", indent="")


def keep_for_scripts(
    chosen: Options, env: Mapping[str, str], known: Mapping[str, str]
) -> None:
    demo = {name: known[name] for name in CREDENTIALS} | {
        "url": env["PUBLIC_URL"],
        "botUrl": env["BOT_URL"].split(",")[0],
        "internalSecret": env["INTERNAL_API_SECRET"],
        "databaseUrl": env["DATABASE_URL"],
        "redisUrl": env["REDIS_URL"],
    }
    write_private(chosen.demo_file, demo)


def forget(chosen: Options) -> None:
    """Remove what an earlier start kept: its addresses no longer hold, and the file
    says to those who wait for it that everything runs."""
    chosen.demo_file.unlink(missing_ok=True)
