"""What a backup holds comes back in an empty place, and nothing is overwritten."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from calls import recordings
from calls.models import Call
from jobs import backup
from launcher.postgres import binaries

ROOT = Path(__file__).parents[2]
NEW = "restored"
TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' ORDER BY 1
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs, as an operator has them on the PATH."""
    monkeypatch.setenv("PATH", f"{binaries()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def charged(
    start: Callable[..., Call],
    internal: APIClient,
    report: Callable[..., Any],
    rates: object,
) -> Call:
    """A call that was recorded, reported and charged."""
    call = start()
    recordings.store().save(recordings.key_of(call), io.BytesIO(b"RIFF and so on"))
    body = report(recordingKey=recordings.key_of(call))
    assert internal.post(f"/api/calls/{call.pk}/complete", body).status_code == 200
    return call


@pytest.fixture
def new_database() -> Iterator[str]:
    """An empty database beside that of the tests; its URL."""
    server = connection.settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**server)
    with psycopg.connect(f"{url}postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {NEW}")
        yield f"{url}{NEW}"
        admin.execute(f"DROP DATABASE {NEW} WITH (FORCE)")


def restore(folder: Path, database: str, data: Path) -> str:
    """Restore as an operator does on a new machine; what was printed."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "restore", str(folder)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database, "DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def content(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    with psycopg.connect(url) as database:
        names = [name for (name,) in database.execute(TABLES).fetchall()]
        return {
            name: database.execute(
                f'SELECT t::text FROM "{name}" t ORDER BY 1'
            ).fetchall()
            for name in names
        }


def test_every_row_and_every_recording_comes_back(
    charged: Call, new_database: str, tmp_path: Path
) -> None:
    call_command("backup", tmp_path / "copy")

    printed = restore(tmp_path / "copy", new_database, tmp_path / "elsewhere")

    assert printed == "Database: restored.\nRecordings: 1 put back, 0 were there.\n"
    test_url = f"{new_database.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    before, after = content(test_url), content(new_database)
    # The gate may trust Redis no more: its slots are of another time.
    del before["capacity_fence"], after["capacity_fence"]
    assert after == before
    key = recordings.key_of(charged)
    file = tmp_path / "elsewhere" / "recordings" / key
    assert file.read_bytes() == b"RIFF and so on"


def test_a_database_that_is_not_empty_is_left_alone(
    charged: Call, tmp_path: Path
) -> None:
    call_command("backup", tmp_path)

    with pytest.raises(CommandError, match="The database is not empty"):
        call_command("restore", tmp_path)

    assert Call.objects.get() == charged


def test_a_folder_without_a_backup_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no database\.dump in"):
        call_command("restore", tmp_path)


def test_the_next_backup_copies_what_is_new(charged: Call, tmp_path: Path) -> None:
    backup.copy_recordings(tmp_path)

    assert backup.copy_recordings(tmp_path) == backup.Copied(copied=0, present=1)


def test_a_backup_without_the_programs_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError, match="pg_dump is not on the PATH"):
        call_command("backup", tmp_path)


def test_a_dump_that_fails_leaves_the_last_one(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = backup.dump_database(tmp_path)
    whole = file.read_bytes()
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "wrong")

    with pytest.raises(backup.BackupError, match="password"):
        backup.dump_database(tmp_path)

    assert file.read_bytes() == whole
