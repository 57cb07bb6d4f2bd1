"""Secrets that the launcher makes at the first start and keeps."""

import json
import os
import secrets
from pathlib import Path

from launcher.errors import LauncherError
from launcher.options import Options

REQUIRED = ("DJANGO_SECRET_KEY", "INTERNAL_API_SECRET")
OF_SERVERS = ("POSTGRES_PASSWORD", "VALKEY_PASSWORD")


def load(options: Options) -> dict[str, str]:
    """The secrets of the programs, given or kept, and those of our own servers.

    Raises:
        LauncherError: one that production must be given is missing.
    """
    found = {name: _given(options, name) for name in REQUIRED}
    missing = [name for name, value in found.items() if not value]
    if missing and options.in_production:
        raise LauncherError(
            f"APP_ENV=production needs {' and '.join(missing)}: set a secret of at "
            "least 32 random characters."
        )
    return _kept(options.data_dir / "secrets.json") | {
        k: v for k, v in found.items() if v
    }


def _given(options: Options, name: str) -> str:
    """The value of a variable, or the content of the file that NAME_FILE names."""
    path = options.given.get(f"{name}_FILE")
    try:
        return Path(path).read_text().strip() if path else options.given.get(name, "")
    except OSError as error:
        raise LauncherError(
            f"{name}_FILE takes the path of a readable file ({error.strerror})."
        ) from error


def _kept(file: Path) -> dict[str, str]:
    try:
        kept = json.loads(file.read_text()) if file.exists() else {}
    except ValueError as error:
        raise LauncherError(f"{file} is damaged; put back a copy of it.") from error
    new = [name for name in (*REQUIRED, *OF_SERVERS) if name not in kept]
    if new:
        kept |= {name: secrets.token_urlsafe(48) for name in new}
        write_private(file, kept)
    return dict(kept)


def write_private(file: Path, content: dict[str, str]) -> None:
    """Write JSON that only we may read, all of it or nothing."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as output:
        json.dump(content, output, indent=2)
        output.write("\n")
    draft.replace(file)
