"""A PostgreSQL and a Valkey of the benchmarks' own, with the project set up on them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from launcher.postgres import Postgres
from launcher.server import Place
from launcher.valkey import Valkey

# Of servers that live for a run, on the loopback.
PASSWORD = "benchmark"


@contextmanager
def project() -> Iterator[None]:
    """The project on fresh and durable servers, migrated and without data."""
    with tempfile.TemporaryDirectory(prefix="osmtalk-bench-") as folder:
        root = Path(folder)
        # PostgreSQL may run as another account, which must be able to go through.
        root.chmod(0o755)
        postgres = Postgres(Place(root / "postgres", root / "postgres.log"), PASSWORD)
        valkey = Valkey(Place(root / "valkey", root / "valkey.log"), PASSWORD)
        try:
            postgres.start()
            valkey.start()
            os.environ |= {
                "APP_ENV": "dev",
                "DATABASE_URL": postgres.create_database(),
                "REDIS_URL": valkey.url,
                "DATA_DIR": folder,
                "DJANGO_SETTINGS_MODULE": "osmtalk.settings",
            }
            django.setup()
            call_command("migrate", verbosity=0)
            yield
        finally:
            valkey.stop()
            postgres.stop()
