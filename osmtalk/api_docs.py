"""``/api/schema``, the OpenAPI document, and ``/api/docs``, a page made of it."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer


def document() -> dict[str, Any]:
    """The OpenAPI document, as a value."""
    found: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return found


@cache
def rendered() -> bytes:
    """It is the same for everybody, as long as the process lives."""
    raw: bytes = OpenApiJsonRenderer().render(document())  # type: ignore[no-untyped-call]
    return raw


@require_safe
@cache_control(public=True, max_age=300)
def schema(request: HttpRequest) -> HttpResponse:
    return HttpResponse(rendered(), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
