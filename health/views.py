"""``/api/health`` for load balancers, ``/api/health/deep`` for people on call."""

import time

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from health import checks
from health.probes import OK, Probe, Probes

STARTED = time.monotonic()

DATABASE, REDIS = Probe("database", checks.database), Probe("redis", checks.redis)
SHALLOW = Probes({"database": DATABASE, "redis": REDIS})
DEEP = Probes(
    {
        "database": DATABASE,
        "redis": REDIS,
        "bot": Probe("bot", checks.bot),
        "voice_transport": Probe("voice_transport", checks.voice_transport),
        "minio": Probe("minio", checks.minio),
    }
)
# Without Redis calls are still admitted, by PostgreSQL, so that no balancer should take
# the api away; the deep answer, which routes nothing, says that something is wrong.
BEARABLE = frozenset({"redis"})


@csrf_exempt
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Whether this process can do its work."""
    return answer(SHALLOW.results(), bearable=BEARABLE)


@csrf_exempt
@require_safe
def deep_health(request: HttpRequest) -> JsonResponse:
    """Whether everything that a call needs is there."""
    return answer(DEEP.results())


def deep_now() -> dict[str, str]:
    """``ok`` or a reason for each dependency, for the Status page."""
    return {"api": OK, **DEEP.results()}


def answer(
    results: dict[str, str], *, bearable: frozenset[str] = frozenset()
) -> JsonResponse:
    """Healthy, if all is well but for what is bearable."""
    healthy = all(
        result == OK for name, result in results.items() if name not in bearable
    )
    return JsonResponse(
        {
            "status": "healthy" if healthy else "unhealthy",
            "checks": {"api": OK, **results},
            "uptime": int(time.monotonic() - STARTED),
        },
        status=200 if healthy else 503,
        headers={"Cache-Control": "no-store"},
    )
