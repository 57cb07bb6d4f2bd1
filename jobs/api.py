"""The jobs by HTTP, for schedulers of one's own."""

from collections.abc import Callable

import redis
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    permission_classes,
)
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import IsInternal
from common.errors import Conflict, Unavailable
from common.schema import Documented
from jobs import work
from jobs.answers import ReconciledOut, SweptOut
from jobs.runner import Result


def answer(job: Callable[[], Result | None]) -> Response:
    try:
        result = job()
    except redis.RedisError:
        raise Unavailable("Redis does not answer.") from None
    if result is None:
        raise Conflict("The job is running already.")
    return Response(result)


@Documented(SweptOut, refuses=(409,))
@api_view(["POST"])
@authentication_classes([])
@permission_classes([IsInternal])
def sweep_stale_calls(request: Request) -> Response:
    """End calls that nobody has ended, now."""
    return answer(work.sweep_stale_calls)


@Documented(ReconciledOut, refuses=(409,))
@api_view(["POST"])
@authentication_classes([])
@permission_classes([IsInternal])
def reconcile_capacity(request: Request) -> Response:
    """Mend the capacity sets by the database, now."""
    return answer(work.reconcile_capacity)
