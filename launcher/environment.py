"""What the programs find in their environment."""

import os
from collections.abc import Mapping

from launcher.options import Options


def for_programs(
    options: Options, secrets: Mapping[str, str], servers: Mapping[str, str]
) -> dict[str, str]:
    """Everything that was given, and what the launcher knows where nothing was.

    Args:
        secrets: of the programs, by variable.
        servers: DATABASE_URL and REDIS_URL.
    """
    site = f"http://127.0.0.1:{options.port}"
    known = {
        "APP_ENV": "dev",
        "PUBLIC_URL": f"http://localhost:{options.port}",
        "API_URL": site,
        "BOT_URL": ",".join(bot_url(port) for port in options.bot_ports),
        "BOT_HOST": "127.0.0.1",
        # Not in the checkout, which others may share or own.
        "STATIC_ROOT": str(options.data_dir / "static"),
        "PYTHONUNBUFFERED": "1",
        # What libraries have to say to developers, tests turn into errors.
        "PYTHONWARNINGS": "ignore",
        "DJANGO_SETTINGS_MODULE": "osmtalk.settings",
    }
    fixed = {
        "PORT": str(options.port),
        "BOT_PORT": str(options.bot_ports[0]),
        "DATA_DIR": str(options.data_dir),
        "ALLOWED_HOSTS": ",".join(options.allowed_hosts),
        # No proxy stands between our own programs.
        **dict.fromkeys(("NO_PROXY", "no_proxy"), _no_proxy(options.given)),
        **secrets,
        **servers,
    }
    # The secrets that stood in files are given by value now.
    unneeded = {f"{name}_FILE" for name in secrets}
    given = {k: v for k, v in options.given.items() if k not in unneeded}
    return {"PATH": os.defpath} | known | given | fixed


def for_bot(env: Mapping[str, str], port: int) -> dict[str, str]:
    """What one bot finds. They share the spool: what one leaves, another delivers."""
    own = {"BOT_PORT": str(port), "BOT_PUBLIC_URL": bot_url(port)}
    # Where the addresses were given, we do not know which is this one's.
    known = bot_url(port) in env["BOT_URL"].split(",")
    return {**env, **(own if known else {"BOT_PORT": str(port)})}


def bot_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _no_proxy(given: Mapping[str, str]) -> str:
    hosts = given.get("no_proxy") or given.get("NO_PROXY", "")
    return ",".join([*filter(None, [hosts]), "localhost", "127.0.0.1"])
