"""Finds a Chromium for the browser tests, or installs one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.errors import LauncherError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    """See to it that there is a browser; the exit status."""
    if find() is None:
        install()
    print(f"Browser tests use {find()}")
    return 0


def find() -> Path | None:
    """A Chromium on this machine: the system's own, else Playwright's."""
    for name in NAMES:
        if path := shutil.which(name):
            return Path(path)
    return playwrights_own()


def playwrights_own() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def install() -> None:
    """By Debian's package as root, else by Playwright's own download.

    Raises:
        LauncherError: neither could be had.
    """
    print("Installing Chromium for the browser tests, once ...", flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for words in ("update -qq", "install -y -qq chromium"):
            subprocess.call(["apt-get", *words.split()], stdout=subprocess.DEVNULL)
    else:
        subprocess.call([sys.executable, "-m", "playwright", "install", "chromium"])
    if find() is None:
        raise LauncherError(
            "There is no Chromium for the browser tests, and none could be installed. "
            "Install the package chromium."
        )
