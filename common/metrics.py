"""What requests cost, for Prometheus. Labels are known beforehand: a route is its
pattern, never a path."""

from prometheus_client import Histogram

HTTP_SECONDS = Histogram(
    "http_request_duration_seconds",
    "Time that a request took, by method, pattern of the route, and status.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def note_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request that was answered."""
    # Anybody may send any word as a method.
    known = method if method in METHODS else "other"
    HTTP_SECONDS.labels(known, route or "none", str(status)).observe(seconds)
