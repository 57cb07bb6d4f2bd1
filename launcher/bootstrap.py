"""Makes `.venv` from the pinned requirements. Needs nothing but Python itself.

Runs before anything is installed, with whatever `python3` is: standard library
only, and nothing that an old Python cannot parse.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
REQUIREMENTS = ROOT / "requirements-dev.txt"
UV = "uv==0.13.9"
OLDEST = (3, 11)


def main():
    # type: () -> None
    if sys.version_info < OLDEST:
        continue_with_a_newer_python()
    with REQUIREMENTS.open("rb") as requirements:
        # Two starts at once wait for each other.
        fcntl.flock(requirements, fcntl.LOCK_EX)
        wanted = "{} {}.{} {}".format(
            UV, *sys.version_info[:2], hashlib.sha256(requirements.read()).hexdigest()
        )
        if not is_installed(wanted):
            install()
            STAMP.write_text(wanted)


def continue_with_a_newer_python():
    # type: () -> None
    for name in ("python3.13", "python3.12", "python3.11"):
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, "-m", "launcher.bootstrap"])
    sys.exit(
        "osmTalk needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info)
    )


def is_installed(wanted):
    # type: (str) -> bool
    return (
        STAMP.exists()
        and STAMP.read_text() == wanted
        and os.access(str(PYTHON), os.X_OK)
    )


def install():
    # type: () -> None
    print("Installing Python packages into .venv, once (some 900 MB) ...", flush=True)
    if not os.access(str(PYTHON), os.X_OK):
        execute(
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            "Python could not make .venv; on Debian: apt install python3-venv.",
        )
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet"]
    execute(
        [*pip, "--disable-pip-version-check", UV],
        "pip could not install {}.".format(UV),
    )
    sync = [str(PYTHON), "-m", "uv", "pip", "sync", "--quiet", "--python", str(PYTHON)]
    execute([*sync, str(REQUIREMENTS)], "uv could not install requirements-dev.txt.")


def execute(command, complaint):
    # type: (list[str], str) -> None
    if subprocess.call(command, cwd=str(ROOT)) != 0:
        sys.exit(complaint)


if __name__ == "__main__":
    main()
