"""Settings of the gate that contradict each other are found at start."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def check_limits(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if settings.MAX_CONCURRENT_CALLS_PER_ORG <= settings.MAX_CONCURRENT_CALLS:
        return []
    return [
        Warning(
            "MAX_CONCURRENT_CALLS_PER_ORG is above MAX_CONCURRENT_CALLS, "
            "so it never applies.",
            id="capacity.W001",
        )
    ]
