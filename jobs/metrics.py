"""``/metrics`` for Prometheus: what the gate counted in this api's processes, and the
state of calls, capacity and jobs as it is now."""

from collections.abc import Iterator
from datetime import timedelta

import redis
from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from calls import usage
from capacity import history
from capacity.connection import client
from capacity.models import EpisodeKind
from common.internal import is_internal
from jobs.models import JobRun


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that is measured, in Prometheus' text format."""
    if not is_internal(request):
        return HttpResponse(status=401, content_type="text/plain")
    body = generate_latest(counted()) + generate_latest(present())
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def counted() -> CollectorRegistry:
    """What this process counted; of all processes where they share a folder."""
    if not settings.METRICS_DIR:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, settings.METRICS_DIR)  # type: ignore[no-untyped-call]
    return registry


def present() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(State())
    return registry


class State:
    """Read when it is asked for. Where PostgreSQL does not answer, what it knows is
    left out, and ``voice_database_up`` is 0."""

    def collect(self) -> Iterator[Metric]:
        revision = {"revision": settings.GIT_SHA, "environment": settings.APP_ENV}
        yield InfoMetricFamily("app_build", "What is running.", revision)
        yield gauge(
            "voice_capacity_limit",
            "Voice calls at once that the platform allows.",
            settings.MAX_CONCURRENT_CALLS,
        )
        yield gauge(
            "voice_capacity_backend_up",
            "Whether Redis answers the gate.",
            redis_answers(),
        )
        try:
            stored = [*calls(), *jobs()]
        except Error:
            stored = []
        yield gauge("voice_database_up", "Whether PostgreSQL answers.", bool(stored))
        yield from stored


def calls() -> Iterator[Metric]:
    yield gauge(
        "voice_calls_active", "Voice calls that hold a slot now.", usage.in_use()
    )
    yield gauge(
        "voice_capacity_drift_calls",
        "Slots that the last reconciliation had to mend.",
        history.latest_drift(),
    )
    noted = GaugeMetricFamily(
        "voice_capacity_episodes_hour",
        "In the last hour: calls admitted without Redis (fallback), sets rebuilt, slots"
        " mended (drift) and slots taken back (reaped).",
        labels=["kind"],
    )
    found = history.episodes(timezone.now() - timedelta(hours=1))
    for kind in EpisodeKind.values:
        noted.add_metric([kind], found.get(kind, 0))
    yield noted


def jobs() -> Iterator[Metric]:
    succeeded = GaugeMetricFamily(
        "job_last_success_timestamp_seconds",
        "When the last run of the job that succeeded began.",
        labels=["job"],
    )
    lasted = GaugeMetricFamily(
        "job_duration_seconds", "How long the last run of the job took.", labels=["job"]
    )
    for run in JobRun.objects.order_by("name"):
        if run.last_success_at:
            succeeded.add_metric([run.name], run.last_success_at.timestamp())
        lasted.add_metric([run.name], run.ms / 1000)
    yield succeeded
    yield lasted


def gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, float(value))


def redis_answers() -> bool:
    try:
        return bool(client().ping())
    except redis.RedisError:
        return False
