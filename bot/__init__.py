"""The voice bot: its own process, knows the api by HTTP alone."""
