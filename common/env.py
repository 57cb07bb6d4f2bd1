"""Reads the environment. A value that cannot be parsed stops the process at once."""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import NoReturn

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def refuse(name: str, takes: str) -> NoReturn:
    """Stop the process with one line that names the variable and what it takes."""
    raise SystemExit(f"{name} takes {takes}.")


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def env_list(name: str, default: str = "") -> list[str]:
    return [
        item for item in (x.strip() for x in env_str(name, default).split(",")) if item
    ]


def env_networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks with commas between them, such as 10.0.0.0/8; an address is one too."""
    try:
        return [ip_network(item) for item in env_list(name)]
    except ValueError as error:
        refuse(name, f"networks such as 10.0.0.0/8, with commas between ({error})")


def env_int(
    name: str, default: int, *, at_least: int = 0, floor: int | None = None
) -> int:
    """An integer of at least ``at_least``; anything under ``floor`` is raised to it."""
    raw = env_str(name, str(default))
    try:
        value = int(raw)
    except ValueError:
        refuse(name, f"a whole number, not {raw!r}")
    if value < at_least:
        refuse(name, f"a whole number of at least {at_least}, not {value}")
    return value if floor is None else max(value, floor)


def env_float(name: str, default: float, *, low: float, high: float) -> float:
    raw = env_str(name, str(default))
    try:
        value = float(raw)
    except ValueError:
        refuse(name, f"a number from {low:g} to {high:g}, not {raw!r}")
    if not low <= value <= high:
        refuse(name, f"a number from {low:g} to {high:g}, not {value:g}")
    return value


def env_bool(name: str, default: bool) -> bool:
    raw = env_str(name, "1" if default else "0").lower()
    if raw in TRUE:
        return True
    if raw in FALSE:
        return False
    refuse(name, f"1 or 0, not {raw!r}")


def env_url(name: str, default: str = "", *, schemes: tuple[str, ...]) -> str:
    """A URL with one of ``schemes``, without a trailing slash; empty if not set."""
    value = env_str(name, default).rstrip("/")
    if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        refuse(
            name, f"a URL that begins with {' or '.join(s + '://' for s in schemes)}"
        )
    return value


def env_urls(name: str, default: str, *, schemes: tuple[str, ...]) -> str:
    """One URL or several, with commas between them and nothing else."""
    begin = tuple(f"{scheme}://" for scheme in schemes)
    found = [url.rstrip("/") for url in env_list(name, default)]
    if not all(url.startswith(begin) for url in found):
        refuse(name, f"URLs that begin with {' or '.join(begin)}, with commas between")
    return ",".join(found)


def env_secret(
    name: str, *, required: bool, fallback: str = "", at_least: int = 0
) -> str:
    """A secret from ``NAME``, or from the file that ``NAME_FILE`` names."""
    path = env_str(f"{name}_FILE")
    try:
        value = Path(path).read_text().strip() if path else env_str(name)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "it is no text")
        refuse(f"{name}_FILE", f"the path of a readable file ({reason})")
    takes = f"a secret of at least {at_least} characters" if at_least else "a secret"
    if not value and required:
        refuse(name, f"{takes}; it must be set")
    if value and len(value) < at_least:
        refuse(name, f"{takes}, not of {len(value)}")
    return value or fallback
