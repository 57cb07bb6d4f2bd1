"""`make test` ends with the audit of what is pinned: never silent, and red only for a
fault. The advisory service is one of our own, with OSV's protocol."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from doubles import serving
from launcher import audit
from launcher.ports import free_port


class Advisories:
    """Knows a fault of one package."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200

    async def query(self, request: web.Request) -> web.Response:
        name = (await request.json())["package"]["name"]
        self.asked.append(name)
        events = [{"introduced": "0"}, {"fixed": "2.0"}]
        affected = {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }
        known = {"id": "PYSEC-1", "aliases": ["CVE-1"], "summary": "It leaks."}
        faults = {"vulns": [known | {"affected": [affected]}]}
        return web.json_response(faults if name == "leaky" else {}, status=self.status)


@pytest_asyncio.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Advisories]:
    service = Advisories()
    app = web.Application()
    app.router.add_post("/query", service.query)
    runner, port = await serving.start(app)
    ask(monkeypatch, port)
    yield service
    await runner.cleanup()


def ask(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let the audit ask whoever listens there."""
    monkeypatch.setenv("PIP_AUDIT_VULNERABILITY_SERVICE", "osv")
    monkeypatch.setenv("PIP_AUDIT_OSV_URL", f"http://127.0.0.1:{port}/query")


@pytest.fixture
def pins(tmp_path: Path) -> list[Path]:
    """Two files with a package that they share, one that they have in two versions, and
    one that has the fault."""
    api, bot = tmp_path / "api.txt", tmp_path / "bot.txt"
    api.write_text("sound==1.0\nleaky==1.9\nother==1\n")
    bot.write_text("sound==1.0\nother==2\n")
    return [api, bot]


async def test_a_known_fault_is_red_and_told_with_what_mends_it(
    service: Advisories, pins: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(audit.main, pins) == 1

    assert capsys.readouterr().out.splitlines() == [
        "  leaky 1.9: CVE-1, PYSEC-1; mended in 2.0",
        "Dependency audit: packages 4, known faults 1, accepted 0.",
    ]
    assert sorted(set(service.asked)) == ["leaky", "other", "sound"]


async def test_a_fault_that_was_accepted_by_any_of_its_names_is_counted(
    service: Advisories, pins: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = {"CVE-1": "We do not call what leaks."}

    assert await asyncio.to_thread(audit.main, pins, accepted) == 0

    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("known faults 0, accepted 1.")


async def test_without_a_fault_it_says_how_much_was_looked_at(
    service: Advisories, pins: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(audit.main, pins[1:]) == 0

    (line,) = capsys.readouterr().out.splitlines()
    assert line == "Dependency audit: packages 2, known faults 0, accepted 0."


def is_skipped_aloud(pins: list[Path], said: pytest.CaptureFixture[str]) -> bool:
    """Whether the run goes on, and one line says that nothing was checked."""
    status = audit.main(pins)
    return (status, said.readouterr().out) == (
        0,
        "Dependency audit: NOT DONE, the advisory service does not answer.\n",
    )


def test_a_service_that_is_away_is_told_in_one_line_and_not_red(
    monkeypatch: pytest.MonkeyPatch,
    pins: list[Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ask(monkeypatch, free_port())

    assert is_skipped_aloud(pins, capsys)


async def test_a_service_that_fails_is_told_in_one_line_and_not_red(
    service: Advisories, pins: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    service.status = 503

    assert await asyncio.to_thread(is_skipped_aloud, pins, capsys)


async def test_a_package_that_the_service_does_not_know_is_named(
    service: Advisories, pins: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pins[1].write_text("sound==1.0\nours @ https://127.0.0.1/ours-1.0.tar.gz\n")

    assert await asyncio.to_thread(audit.main, pins[1:]) == 0

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Dependency audit: packages 1, known faults 0")
    assert line.endswith("Unknown to the service: ours.")


async def test_a_service_that_knows_no_package_has_checked_nothing(
    service: Advisories, pins: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pins[1].write_text("ours @ https://127.0.0.1/ours-1.0.tar.gz\n")

    assert await asyncio.to_thread(audit.main, pins[1:]) == 0

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Dependency audit: NOT DONE")


def test_a_file_that_cannot_be_read_is_red(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="pip-audit failed"):
        audit.main([tmp_path / "gone.txt"])
