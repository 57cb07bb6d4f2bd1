"""Libraries that the gate is measured against, in a folder of their own."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def make_importable() -> None:
    """Install the peers once, below the data folder, and let them be imported.

    They come last on the path: what both they and the project use is the project's.
    """
    data = Path(os.environ.get("DATA_DIR") or ROOT / ".data")
    version = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = data / f"benchmark-peers-{version}"
    if not folder.exists():
        new = folder.with_suffix(".new")
        command = ("-m", "uv", "pip", "install", "--quiet", "--target", str(new))
        subprocess.run(
            (sys.executable, *command, "--requirement", str(REQUIREMENTS)), check=True
        )
        new.rename(folder)
    sys.path.append(str(folder))
