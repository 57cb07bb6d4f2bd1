"""What the launcher says in one line before it ends."""


class LauncherError(Exception):
    """Something the operator can act on; the text is the whole message."""


class StopRequested(Exception):
    """Ctrl-C, SIGTERM or a closed terminal came while something was awaited."""
