"""``python -m launcher run`` starts everything; ``browser`` finds one for the tests,
and ``manage`` runs a command of Django's on what is running."""

import sys

from launcher import browser, manage, run
from launcher.errors import LauncherError, StopRequested

COMMANDS = {"run": run.main, "browser": browser.main, "manage": manage.main}


def main(arguments: list[str]) -> int:
    """Run a command; the exit status."""
    name, *rest = arguments or [""]
    if name not in COMMANDS or (rest and name != "manage"):
        print(f"usage: python -m launcher {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[name](*rest)
    except LauncherError as error:
        print(f"osmTalk: {error}", file=sys.stderr)
        return 1
    except StopRequested:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
