"""`python -m bot` starts the bot."""

from bot.main import main

if __name__ == "__main__":
    raise SystemExit(main())
