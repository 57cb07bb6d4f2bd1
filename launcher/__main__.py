"""``python -m launcher run`` starts everything; ``browser`` finds one for the tests."""

import sys

from launcher import browser, run
from launcher.errors import LauncherError, StopRequested

COMMANDS = {"run": run.main, "browser": browser.main}


def main(arguments: list[str]) -> int:
    """Run a command; the exit status."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"usage: python -m launcher {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[arguments[0]]()
    except LauncherError as error:
        print(f"osmTalk: {error}", file=sys.stderr)
        return 1
    except StopRequested:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
