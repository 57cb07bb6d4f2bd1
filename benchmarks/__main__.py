"""``make bench``: every program in turn, each in a process of its own.

Writes what they print, with date, machine and commit, into docs/benchmarks.md.
"""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PROGRAMS = (
    *("gate", "wrong_input", "fallback", "lists", "latency", "sweep", "reconcile"),
    *("health", "call_page", "bot_load"),
)
ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def main() -> int:
    """Run all; 1 if any of them missed a goal."""
    printed, missed = [machine()], []
    for name in PROGRAMS:
        said, status = run(name)
        printed.append(said)
        if status:
            missed.append(name)
    keep("\n".join(printed))
    print(f"Goals missed in: {', '.join(missed) or 'none'}")
    return int(bool(missed))


def run(name: str) -> tuple[str, int]:
    """What the program printed, shown as it comes, and its exit status."""
    lines = []
    command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{name}"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        for line in child.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines), child.returncode


def machine() -> str:
    """When and where it was measured, and what."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} at commit "
        f"{commit.stdout.strip() or 'unknown'}: {os.cpu_count()} cores, "
        f"{platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}.\n"
    )


def keep(results: str) -> None:
    """Put the results where the last ones are in the document."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{results.strip()}\n\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
