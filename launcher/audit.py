"""`make audit`: whether a pinned package has a known fault."""

import subprocess
import sys

FILES = ("requirements.txt", "requirements-bot.txt")
OPTIONS = ("--progress-spinner", "off", "--disable-pip", "--no-deps")
# What it says when it could not ask.
UNREACHED = ("ConnectionError", "ServiceError", "HTTPError", "timed out", "SSLError")


def main() -> int:
    """1 if a fault is known; 0 if none is, or nobody could be asked."""
    status = 0
    for name in FILES:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *OPTIONS, "--requirement", name],
            capture_output=True,
            text=True,
            check=False,
        )
        said = (done.stdout + done.stderr).strip()
        if done.returncode == 0:
            print(f"{name}: no known faults")
        elif any(word in said for word in UNREACHED):
            print(f"{name}: NOT CHECKED, the advisory service does not answer")
        else:
            print(f"{name}:\n{said}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
