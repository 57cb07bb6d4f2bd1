"""`make audit`, and the end of `make test`: has a pinned package a known fault?"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILES = (Path("requirements.txt"), Path("requirements-bot.txt"))
# Faults that we live with: the advisory, and why it does not touch us.
ACCEPTED: Mapping[str, str] = {}
OPTIONS = (
    *("--disable-pip", "--no-deps", "--timeout", "5"),
    *("--progress-spinner", "off", "--format", "json", "--desc", "off"),
)
LIMIT_SECS = 120
# What it says when it could not ask, or was not answered as it should be.
UNREACHED = ("ServiceError", "requests.exceptions", "Tip: your network")


class Unreached(Exception):
    """The advisory service does not answer."""


def main(files: Sequence[Path] = FILES, accepted: Mapping[str, str] = ACCEPTED) -> int:
    """1 if a fault is known; 0 if none is, or nobody could be asked."""
    try:
        # Apart, since images may hold different versions of a package.
        known = [package for file in files for package in ask(file)]
    except Unreached:
        print("Dependency audit: NOT DONE, the advisory service does not answer.")
        return 0
    packages = {(each["name"], each.get("version")): each for each in known}.values()
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if len(unknown) == len(packages):
        # A mirror, which has packages and no advisories.
        print("Dependency audit: NOT DONE, who answers knows none of the packages.")
        return 0
    faults = [
        (package, fault) for package in packages for fault in package.get("vulns", ())
    ]
    new = [each for each in faults if names(each[1]).isdisjoint(accepted)]
    for package, fault in new:
        print(f"  {package['name']} {package['version']}: {told(fault)}")
    counts = (len(packages) - len(unknown), len(new), len(faults) - len(new))
    print(
        "Dependency audit: packages {}, known faults {}, accepted {}.".format(*counts)
        + (f" Unknown to the service: {', '.join(unknown)}." if unknown else "")
    )
    return 1 if new else 0


def ask(file: Path) -> list[dict[str, Any]]:
    """What the advisory service knows of each package that is pinned there.

    Raises:
        Unreached: it does not answer.
        SystemExit: pip-audit does not work; the text is what it said.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *OPTIONS, "--requirement", str(file)],
            capture_output=True,
            text=True,
            timeout=LIMIT_SECS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreached from error
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        if any(word in done.stderr for word in UNREACHED):
            raise Unreached from None
        raise SystemExit(f"pip-audit failed:\n{done.stderr}") from None
    return found


def names(fault: dict[str, Any]) -> set[str]:
    """By which an advisory is known: its own id and those of others."""
    return {fault["id"], *fault["aliases"]}


def told(fault: dict[str, Any]) -> str:
    mended = ", ".join(fault["fix_versions"]) or "no version yet"
    return f"{', '.join(sorted(names(fault)))}; mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
