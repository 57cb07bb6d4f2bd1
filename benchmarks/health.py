"""9 and 10: what a probe costs, and what a dependency that is slow or hangs adds."""

import logging
import sys
import threading
import time
from typing import Any

from benchmarks import peers
from benchmarks.harness import Case, compare, table
from benchmarks.servers import project

SLOW_SECS, LIMIT_SECS, MARGIN_SECS = 0.05, 0.3, 0.01
NAMES = ("database", "redis", "bot", "voice_transport", "minio")


def shallow() -> bool:
    """Through Django's whole handler: a constant, ours, and the library's."""
    peers.make_importable()
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory
    from health_check.views import HealthCheckView

    from health import checks, views
    from health.probes import Probe, Probes

    request = RequestFactory().get("/api/health", headers={"accept": "text/plain"})
    unshared = Probes(
        {
            "database": Probe("database", checks.database, shared_secs=0),
            "redis": Probe("redis", checks.redis, shared_secs=0),
        }
    )
    theirs: Any = HealthCheckView.as_view(
        checks=["health_check.Database", "health_check.Cache"]
    )

    def library() -> None:
        from asgiref.sync import async_to_sync

        assert async_to_sync(theirs)(request).status_code == 200

    def constant(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    ratios = compare(
        Case("django-health-check", library),
        [
            (Case("a constant view", lambda: constant(request)), None),
            (Case("/api/health", lambda: views.health(request)), 1 / 6),
            (Case("the same, nothing shared", unshared.results), None),
        ],
    )
    print(table("9. Shallow health", "django-health-check, the same checks", ratios))
    return all(ratio.is_met for ratio in ratios)


def deep() -> bool:
    """Five dependencies of 50 ms side by side; then with one that hangs."""
    from health.probes import Probe, Probes

    hanging = threading.Event()

    def slow() -> None:
        time.sleep(SLOW_SECS)

    def hang() -> None:
        hanging.wait()

    def asked(*checks: Any) -> Any:
        limits: dict[str, float] = {"limit_secs": LIMIT_SECS, "shared_secs": 0}
        named = zip(NAMES, checks, strict=True)
        return Probes({name: Probe(name, check, **limits) for name, check in named})

    def one_hangs() -> None:
        assert "timed out" in asked(*[slow] * 4, hang).results().values()

    side_by_side = compare(
        Case("one dependency", slow),
        [(Case("five", asked(*[slow] * 5).results), 1 + MARGIN_SECS / SLOW_SECS)],
    )
    hung = compare(
        Case("its limit", lambda: time.sleep(LIMIT_SECS)),
        [(Case("one of five hangs", one_hangs), 1 + MARGIN_SECS / LIMIT_SECS)],
    )
    hanging.set()
    print(table("10. Deep health", "the slowest dependency, 50 ms", side_by_side))
    print(table("10. Deep health", f"its limit, {LIMIT_SECS} s here", hung))
    return all(ratio.is_met for ratio in [*side_by_side, *hung])


if __name__ == "__main__":
    with project():
        # A dependency that hangs is said to hang, each time.
        logging.disable(logging.WARNING)
        met = [shallow(), deep()]
    sys.exit(not all(met))
