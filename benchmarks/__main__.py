"""``make bench``: every program in turn, each in a process of its own."""

import subprocess
import sys

PROGRAMS = ("lists", "latency", "sweep", "bot_load")


def main() -> int:
    """Run all; 1 if any of them missed a goal."""
    missed = [
        name
        for name in PROGRAMS
        if subprocess.call([sys.executable, "-m", f"benchmarks.{name}"]) != 0
    ]
    print(f"Goals missed in: {', '.join(missed) or 'none'}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
