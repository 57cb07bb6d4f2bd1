"""`deploy/rolling.sh`, with a docker that only keeps a list of containers."""

import os
import subprocess
from pathlib import Path

import pytest

from launcher.options import ROOT

SCRIPT = ROOT / "deploy" / "rolling.sh"
# Containers are files named by their ids, with their health in them.
DOCKER = """\
#!/bin/sh
cd "$CONTAINERS"
echo "$*" >> ../asked
case "$*" in
*"ps --quiet"*) grep -lx healthy * || true ;;
*"ps --all --quiet"*) ls ;;
*" up "*) for id in $MADE; do echo "$HEALTH" > "$id"; done ;;
inspect*) cat "$4" ;;
rm*) rm "$2" ;;
esac
"""
OLD = ["old1", "old2"]


@pytest.fixture
def containers(tmp_path: Path) -> Path:
    """A machine on which two bots run."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    folder = tmp_path / "containers"
    folder.mkdir()
    for name in OLD:
        (folder / name).write_text("healthy\n")
    return folder


def roll(containers: Path, made: str, health: str) -> tuple[int, list[str], list[str]]:
    """The exit status, the containers that are left, and what docker was asked."""
    home = containers.parent
    done = subprocess.run(
        ["sh", str(SCRIPT), "bot"],
        env={
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "CONTAINERS": str(containers),
            "MADE": made,
            "HEALTH": health,
            "WAIT_SECS": "1",
        },
        check=False,
        capture_output=True,
    )
    left = sorted(path.name for path in containers.iterdir())
    return done.returncode, left, (home / "asked").read_text().splitlines()


def test_new_ones_take_over_before_old_ones_are_stopped(containers: Path) -> None:
    status, left, asked = roll(containers, "new1 new2", "healthy")

    assert (status, left) == (0, ["new1", "new2"])
    assert any("--scale bot=4 bot" in line for line in asked)
    words = [line.split()[0] for line in asked]
    assert words.index("stop") > max(i for i, w in enumerate(words) if w == "inspect")
    assert [line for line in asked if line.startswith("stop")] == [
        "stop old1",
        "stop old2",
    ]


@pytest.mark.parametrize("health", ["starting", "unhealthy"])
def test_where_new_ones_are_not_healthy_the_old_ones_go_on(
    containers: Path, health: str
) -> None:
    status, left, asked = roll(containers, "new1 new2", health)

    assert (status, left) == (1, OLD)
    assert not [line for line in asked if line.startswith("stop old")]


def test_where_no_new_one_is_made_the_old_ones_go_on(containers: Path) -> None:
    status, left, _ = roll(containers, "", "healthy")

    assert (status, left) == (1, OLD)
