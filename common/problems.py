"""The errors of the API, as its documents tell of them."""

from typing import Any

from rest_framework import serializers

BUSY = "All voice agents are currently busy. Please try again in a moment."

# For each status: (code, sentence, details) of every error that has it.
PROBLEMS: dict[int, list[tuple[str, str, dict[str, Any]]]] = {
    400: [
        (
            "invalid",
            "Some of the input is not valid.",
            {"fields": {"agentId": ["Must be a valid UUID."]}},
        )
    ],
    401: [("unauthenticated", "The API key is not valid.", {})],
    402: [
        (
            "insufficient_credits",
            "Insufficient credits",
            {"balance": "0.40", "minimum": "1.00"},
        )
    ],
    403: [("forbidden", "Your role or key does not allow this.", {})],
    404: [("not_found", "There is no agent by that id.", {})],
    409: [("conflict", "This Idempotency-Key was used for another request.", {})],
    413: [("too_large", "The request body is too large.", {})],
    415: [
        (
            "unsupported_media_type",
            'Unsupported media type "text/plain" in request.',
            {},
        )
    ],
    429: [
        ("rate_limited", "Too many requests. Please try again in 12 s.", {}),
        (
            "high_volume",
            BUSY,
            {
                "scope": "global",
                "global": 43,
                "org": 7,
                "globalLimit": 43,
                "orgLimit": 15,
            },
        ),
    ],
    502: [("llm_error", "The agent could not answer. Please try again.", {})],
    503: [
        ("unavailable", "The service cannot answer right now.", {}),
        ("bot_unavailable", "The voice agent could not be started.", {}),
    ],
}
# Those of the codes that only some routes give, by the status that they share.
SPECIAL = {"high_volume", "bot_unavailable"}
CODES = sorted({code for entries in PROBLEMS.values() for code, _, _ in entries})
MEANINGS = {
    400: "The input is not valid.",
    401: "Nobody, or a key that is not valid.",
    402: "The credits do not cover a call.",
    403: "The role or key does not allow this.",
    404: "There is nothing here by that id.",
    409: "It cannot be done in the present state.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    429: "Too many requests, or no free voice agent. Try again after `Retry-After`.",
    502: "The language model failed.",
    503: "It cannot be done right now.",
}


class Problem(serializers.Serializer[Any]):
    """Every error: a sentence for people, a code for programs, and details."""

    error = serializers.CharField(help_text="One sentence for people.")
    code = serializers.CharField(
        help_text=f"For programs, such as {', '.join(f'`{code}`' for code in CODES)}."
    )
    fields_ = serializers.DictField(
        required=False, help_text="What is wrong, by the name of the field."
    )
    scope = serializers.ChoiceField(["global", "org"], required=False)
    global_ = serializers.IntegerField(required=False)
    org = serializers.IntegerField(required=False)
    globalLimit = serializers.IntegerField(required=False)
    orgLimit = serializers.IntegerField(required=False)
    balance = serializers.CharField(required=False)
    minimum = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


def response(status: int, schema: dict[str, Any], special: bool) -> dict[str, Any]:
    """The OpenAPI response of a status; ``special``: with codes of starting a call."""
    examples = {
        code: {"value": {"error": sentence, "code": code, **details}}
        for code, sentence, details in PROBLEMS[status]
        if special or code not in SPECIAL
    }
    content = {"application/json": {"schema": schema, "examples": examples}}
    found: dict[str, Any] = {"description": MEANINGS[status], "content": content}
    if status == 429:
        seconds = {"schema": {"type": "string"}, "description": "Seconds to wait."}
        found["headers"] = {"Retry-After": seconds}
    return found
