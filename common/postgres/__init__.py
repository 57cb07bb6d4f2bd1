"""Django's PostgreSQL, for callers who must get an answer."""
