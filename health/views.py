"""``/api/health``: for load balancers and containers, asked every few seconds."""

import time
from collections.abc import Mapping

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from health import checks
from health.run import Check, run

STARTED = time.monotonic()

SHALLOW: dict[str, Check] = {
    "api": checks.api,
    "database": checks.database,
    "redis": checks.redis,
}


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Whether this process can do its work."""
    return answer(run(SHALLOW))


def answer(results: Mapping[str, str]) -> JsonResponse:
    healthy = all(result == "ok" for result in results.values())
    return JsonResponse(
        {
            "status": "healthy" if healthy else "unhealthy",
            "checks": results,
            "uptime": int(time.monotonic() - STARTED),
        },
        status=200 if healthy else 503,
        headers={"Cache-Control": "no-store"},
    )
