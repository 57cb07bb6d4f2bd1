"""Gives the tests a PostgreSQL and a Valkey of their own, before Django is set up.

Named in `pyproject.toml`, so that it is loaded before the settings are.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from launcher.postgres import Postgres
from launcher.server import Place
from launcher.valkey import Valkey

# For servers that end with the run, on the loopback.
PASSWORD = "of-the-tests"
ENVIRONMENT = {
    "APP_ENV": "dev",
    "DJANGO_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-12345",
    "INTERNAL_API_SECRET": "internal-secret-of-the-tests",
    "PUBLIC_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
}


class Servers:
    """The servers of one run, in a folder that goes with it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="osmtalk-tests-"))
        # PostgreSQL may run as another account, which must be able to go through.
        self.folder.chmod(0o755)
        self.postgres = Postgres(self.place("postgres"), PASSWORD, durable=False)
        self.valkey = Valkey(self.place("valkey"), PASSWORD)

    def place(self, name: str) -> Place:
        return Place(self.folder / name, self.folder / f"{name}.log")

    def start(self) -> None:
        self.postgres.start()
        self.valkey.start()
        os.environ |= ENVIRONMENT | {
            "DATABASE_URL": self.postgres.create_database(),
            "REDIS_URL": self.valkey.url,
            "DATA_DIR": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
        }

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


servers = Servers()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    servers.start()


def pytest_unconfigure() -> None:
    servers.stop()
