"""The two health routes in the documents of the API: they are no views of its kind."""

from typing import Any

CHECKS = {
    "health": ("Whether this process can do its work", ("database", "redis")),
    "health/deep": (
        "Whether everything that a call needs is there",
        ("database", "redis", "bot", "voice_transport", "minio"),
    ),
}
COMPONENT = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["healthy", "unhealthy"]},
        "checks": {"type": "object", "additionalProperties": {"type": "string"}},
        "uptime": {"type": "integer", "description": "Seconds."},
    },
    "required": ["status", "checks", "uptime"],
}


def answer(names: tuple[str, ...], *, well: bool) -> dict[str, Any]:
    """A response of OpenAPI, with an example in which all is well, or Redis is not."""
    checks = {"api": "ok", **dict.fromkeys(names, "ok")}
    if not well:
        checks["redis"] = "no answer"
    example = {
        "status": "healthy" if well else "unhealthy",
        "checks": checks,
        "uptime": 12345,
    }
    content = {"schema": {"$ref": "#/components/schemas/Health"}, "example": example}
    return {
        "description": "All is well." if well else "Something critical is not.",
        "content": {"application/json": content},
    }


def add(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Put both routes into the document."""
    result["components"]["schemas"]["Health"] = COMPONENT
    for path, (summary, names) in CHECKS.items():
        result["paths"][f"/api/{path}"] = {
            "get": {
                "operationId": path.replace("/", "_"),
                "summary": summary,
                "tags": ["health"],
                "security": [{}],
                "responses": {
                    "200": answer(names, well=True),
                    "503": answer(names, well=False),
                },
            }
        }
    return result
