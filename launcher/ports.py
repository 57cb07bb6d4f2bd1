"""TCP ports on this machine."""

import random
import socket

from launcher.errors import LauncherError

LOOPBACK = ("127.0.0.1", "::1")
# Below the range from which systems take ports for outgoing connections, so that
# a server that restarts finds its port still free.
SERVER_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port of the loopback on which nothing listens."""
    while True:
        port = random.choice(SERVER_PORTS)
        if why_unusable(port) is None:
            return port


def require_free(name: str, port: int) -> None:
    """Raise a `LauncherError` that names the variable when nobody can listen there."""
    if reason := why_unusable(port):
        raise LauncherError(f"Port {port} {reason}. Set {name} to another one.")


def why_unusable(port: int) -> str | None:
    """Why a server cannot listen on the port, to follow the port's number."""
    if any(_answers(host, port) for host in LOOPBACK):
        return "is taken by another program"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return "is reserved for the superuser"
        except OSError:
            return "is taken by another program"
    return None


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False
