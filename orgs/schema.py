"""How the documents of the API tell of keys and sessions."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class KeySchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "orgs.auth.KeyAccess"
    name = ["apiKey", "bearer"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "header", "name": "x-api-key"},
            {"type": "http", "scheme": "bearer", "description": "An API key."},
        ]


class SessionSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "orgs.auth.SessionAccess"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        name = settings.SESSION_COOKIE_NAME
        return {"type": "apiKey", "in": "cookie", "name": name}
