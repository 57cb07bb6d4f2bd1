"""One world for all tests of a run, with processes and stores of its own."""

from collections.abc import Iterator

import pytest

from prove.findings import Finding
from prove.world import World, world


@pytest.fixture(scope="session")
def own_world() -> Iterator[World]:
    with world() as own:
        yield own


def holds(finding: Finding) -> None:
    """The promise was tried, and held each time."""
    assert finding.trials > 0
    assert finding.violations == []
