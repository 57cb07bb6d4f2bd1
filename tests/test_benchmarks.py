"""Every program that measures runs to its end, at a size of seconds.

What it measures is not judged here: a test has no quiet machine. What does not depend
on the machine is held by tests of its own: statements, plans, bytes.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Program, arguments, and the rows of its tables.
PROGRAMS = [
    ("lists", "500", 5),
    ("latency", "500", 1),
    ("sweep", "500 200", 2),
    ("complete", "1 5", 2),
    ("health", "", 2),
    ("bot_load", "--secs 1 1 2", 2),
    ("growth", "--most 45 --into {folder} slots", 2),
]


@pytest.mark.slow
@pytest.mark.parametrize(("program", "arguments", "rows"), PROGRAMS)
def test_a_program_runs_to_its_end(
    program: str, arguments: str, rows: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{program}"]
    given = arguments.format(folder=tmp_path).split()

    done = subprocess.run(
        [*command, *given],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    # 1 says that a goal was missed, and a traceback that it was not even measured.
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    table = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(table) >= rows, done.stdout
