"""The Lua scripts of the gate. Each tells in its header what it takes and gives."""

from hashlib import sha1
from pathlib import Path
from typing import Any

from redis.exceptions import NoScriptError

from capacity.connection import Link


class Script:
    """A Lua script, called by its hash."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / "lua" / f"{name}.lua").read_text()
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, link: Link, keys: int, *args: Any) -> Any:
        """What the script gives for so many keys and then arguments."""
        try:
            return link("EVALSHA", self.sha, keys, *args)
        except NoScriptError:
            return link(*self.spelled_out(keys, *args))

    def spelled_out(self, keys: int, *args: Any) -> tuple[Any, ...]:
        """The command for a server that may not know the script."""
        return "EVAL", self.text, keys, *args


ACQUIRE, RELEASE, RENEW, PUT, OPEN = map(
    Script, ("acquire", "release", "renew", "put", "open")
)
REMOVE, FORGET, SIZES = map(Script, ("remove", "forget", "sizes"))
