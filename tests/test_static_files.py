"""What pages load is ours or accounted for, and is kept by browsers for good."""

import re
from pathlib import Path

import httpx
import pytest

from launcher.stack import Stack

ROOT = Path(__file__).parent.parent
VENDORS = (ROOT / "static" / "vendor", ROOT / "tests" / "vendor")
LICENCES = {"MIT", "0BSD", "ISC", "BSD-3-Clause", "Apache-2.0", "MPL-2.0"}


def rows(folder: Path) -> list[tuple[str, str, str]]:
    """Pattern, version and licence of each line of a folder's table."""
    table = (folder / "VENDOR.md").read_text()
    cells = [
        line.strip("| ").split(" | ") for line in table.splitlines() if "`" in line
    ]
    return [(row[0].strip("`"), row[2], row[3]) for row in cells if len(row) == 5]


@pytest.mark.parametrize("folder", VENDORS, ids=lambda folder: folder.parent.name)
def test_every_file_of_others_has_a_version_and_a_licence(folder: Path) -> None:
    table = rows(folder)
    files = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != "VENDOR.md"
    }

    listed = {
        str(path.relative_to(folder))
        for pattern, _, _ in table
        for path in folder.glob(pattern)
    }

    assert files == listed
    for pattern, version, licence in table:
        assert re.fullmatch(r"\d+(\.\d+)+", version), pattern
        assert licence in LICENCES, pattern


@pytest.mark.slow
def test_files_have_the_name_of_their_content_and_are_kept_for_good(
    stack: Stack,
) -> None:
    with httpx.Client(
        base_url=stack.demo["url"], headers={"accept-encoding": "gzip"}, timeout=60
    ) as client:
        page = client.get("/login").text
        names = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        answers = {name: client.get(name) for name in names}

    assert len(names) >= 3
    for name, answer in answers.items():
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"], name
        if len(answer.content) > 2000:
            assert answer.headers["content-encoding"] == "gzip", name
