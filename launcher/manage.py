"""`make manage`: a command of `manage.py` on what `make run` is running."""

import json
import os

from launcher import environment, options, secret_store
from launcher.errors import LauncherError
from launcher.options import ROOT
from launcher.postgres import binaries
from launcher.programs import PYTHON
from launcher.run import own_secrets


def main(*arguments: str) -> int:
    """Become the command, with the environment that the programs have.

    Raises:
        LauncherError: nothing runs that it could work on.
    """
    chosen = options.read()
    if not chosen.demo_file.exists():
        raise LauncherError(f"Nothing runs on {chosen.data_dir}: start it by make run.")
    known = json.loads(chosen.demo_file.read_text())
    urls = {"DATABASE_URL": known["databaseUrl"], "REDIS_URL": known["redisUrl"]}
    secrets = own_secrets(secret_store.load(chosen))
    env = environment.for_programs(chosen, secrets, urls)
    # pg_dump and pg_restore are there, of the version that the server is.
    env["PATH"] = os.pathsep.join([str(binaries()), env["PATH"]])
    os.chdir(ROOT)
    os.execve(PYTHON, [PYTHON, "manage.py", *arguments], env)
