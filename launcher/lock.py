"""One launcher for each data folder."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from launcher.errors import LauncherError


@contextlib.contextmanager
def only_launcher(data_dir: Path) -> Iterator[None]:
    """Hold the lock of a data folder, which is made if it is not there.

    The lock ends with the process that holds it, however that ends.

    Raises:
        LauncherError: another launcher holds it, or the folder cannot be used.
    """
    # As root, PostgreSQL runs under another user, who must get through.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        data_dir.mkdir(mode=mode, parents=True, exist_ok=True)
        file = (data_dir / "lock").open("a+")
    except OSError as error:
        raise LauncherError(
            f"DATA_DIR takes a folder that we can write to, not {data_dir} "
            f"({error.strerror})."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise LauncherError(
                f"Already runs on {data_dir} (process {file.read().strip()}). "
                "Stop it, or set PORT, BOT_PORT and DATA_DIR to start another."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
