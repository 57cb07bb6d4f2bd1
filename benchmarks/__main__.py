"""``make bench``: every program in turn, each in a process of its own.

    python -m benchmarks [PROGRAM ...]

Writes what each prints, with date, machine and commit, into docs/benchmarks.md.
"""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PROGRAMS = (
    *("gate", "wrong_input", "fallback", "lists", "latency", "sweep", "reconcile"),
    *("complete", "health", "call_page", "bot_load"),
)
ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
LAST = "<!-- end of results -->\n"


def main(names: list[str]) -> int:
    """Run them; 1 if any of them missed a goal."""
    missed = []
    for name in names:
        said, status = run(name)
        keep(name, f"{machine()}\n{said}")
        if status:
            missed.append(name)
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


def git(*arguments: str) -> str:
    said = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip()


def machine() -> str:
    """When and where it was measured, and what."""
    commit = git("describe", "--always")
    # Beside the results themselves, which each program changes.
    changed = git("status", "--porcelain", "--", ".", f":!{DOCUMENT.relative_to(ROOT)}")
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} at commit "
        f"{commit or 'unknown'}{'-dirty' * bool(changed)}: {os.cpu_count()} cores, "
        f"{platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}.\n"
    )


def keep(name: str, results: str) -> None:
    """Put the program's results where its last ones are in the document, or at the end
    of them all."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    text = DOCUMENT.read_text()
    if begin not in text:
        text = text.replace(LAST, f"{begin}{end}\n{LAST}")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n{results.strip()}\n\n{end}{after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PROGRAMS)))
