"""Who is internal: the bot and the jobs' caller."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from rest_framework.request import Request


def is_internal(request: HttpRequest | Request) -> bool:
    """Whether the request bears the internal secret."""
    given = request.headers.get("x-internal-secret", "")
    return constant_time_compare(given, settings.INTERNAL_API_SECRET)
