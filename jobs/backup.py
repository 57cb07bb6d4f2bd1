"""Copies of what cannot be made again: the database, and the recordings.

A backup is a folder: ``database.dump`` in pg_dump's custom format, and ``recordings``
with a file for each object of the store, under its key. Redis is not in it: what the
gate holds is rebuilt from the database.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
from django.db import connection
from django.utils._os import safe_join

from calls import recordings
from calls.retention import call_id_of
from capacity import fence

DUMP, RECORDINGS = "database.dump", "recordings"
PART = ".part"
SAME_TIME_SECS = 0.001


class BackupError(Exception):
    """A backup or a restore that could not be done; says why in a sentence."""


@dataclass(frozen=True)
class Copied:
    """How many recordings were copied, and how many were there already."""

    copied: int
    present: int


def dump_database(folder: Path) -> Path:
    """Write the database to ``folder``, as it is at one instant, calls going on.

    Raises ``BackupError``; an earlier dump is replaced by a whole one only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, part = folder / DUMP, folder / f"{DUMP}{PART}"
    try:
        _execute("pg_dump", _database(), "--format=custom", f"--file={part}")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file


def restore_database(folder: Path) -> None:
    """Bring the database back from ``folder``, all of it or nothing.

    Raises ``BackupError``, also for a database that is not empty.
    """
    file = folder / DUMP
    if not file.is_file():
        raise BackupError(f"There is no {DUMP} in {folder}.")
    if connection.introspection.table_names():
        raise BackupError("The database is not empty. Restore into a new one.")
    options = ("--single-transaction", "--exit-on-error", f"--dbname={_name()}")
    _execute("pg_restore", _server(), *options, str(file))
    # The slots that Redis holds are of another time.
    fence.distrust()


def copy_recordings(folder: Path) -> Copied:
    """Copy the recordings that ``folder`` does not have yet."""
    copied = present = 0
    for stored in recordings.store().listing():
        if call_id_of(stored.key) is None:
            continue  # not a recording
        file, at = _file(folder, stored.key), stored.at.timestamp()
        # A copy bears the time that the store told, whatever our own clock says.
        if file.exists() and abs(file.stat().st_mtime - at) < SAME_TIME_SECS:
            present += 1
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}{PART}")
        with recordings.store().open(stored.key) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target)
        os.utime(part, (at, at))
        part.replace(file)
        copied += 1
    return Copied(copied, present)


def restore_recordings(folder: Path) -> Copied:
    """Put the recordings of ``folder`` back that the store does not have."""
    root = folder / RECORDINGS
    there = {stored.key for stored in recordings.store().listing()}
    copied = present = 0
    for file in sorted(root.rglob(f"*/{recordings.FILE_NAME}")):
        key = file.relative_to(root).as_posix()
        if key in there:
            present += 1
            continue
        with file.open("rb") as source:
            recordings.store().save(key, source)
        copied += 1
    return Copied(copied, present)


def _file(folder: Path, key: str) -> Path:
    """Where the object is kept. Keys are the store's word: none leads out of here."""
    try:
        return Path(safe_join(folder / RECORDINGS, key))
    except SuspiciousFileOperation as error:
        raise BackupError("The store has a key that leads out of it.") from error


def _name() -> str:
    name: str = connection.settings_dict["NAME"]
    return name


def _server() -> list[str]:
    """The options that say where the server is, as psql takes them."""
    arguments, _ = _client()
    return list(arguments[1:-1])


def _database() -> list[str]:
    return [*_server(), f"--dbname={_name()}"]


def _client() -> tuple[Sequence[str], dict[str, str] | None]:
    return connection.client.settings_to_cmd_args_env(connection.settings_dict, [])


def _execute(program: str, where: Iterable[str], *options: str) -> None:
    """Run a program of PostgreSQL's. Its password travels in its environment."""
    _, env = _client()
    command = [program, *where, "--no-owner", "--no-privileges", *options]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise BackupError(
            f"{program} is not on the PATH: install PostgreSQL's client programs."
        ) from error
    if done.returncode != 0:
        raise BackupError(done.stderr.strip() or f"{program} failed.")
