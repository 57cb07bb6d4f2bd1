"""Errors of the domain that people and programs are told about."""

from typing import Any, ClassVar

# How to authenticate, for the answers that say one must (RFC 9110 §11.6.1).
CHALLENGE = 'Bearer realm="osmTalk"'


class OperationError(Exception):
    """Something that was asked for cannot be done.

    ``status`` is the HTTP status, ``code`` the word for programs, ``message`` the
    sentence for people, ``details`` further keys of the answer and ``headers`` its
    HTTP headers.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"
    message: str = "The request is not valid."

    def __init__(self, message: str = "", **details: Any) -> None:
        self.message = message or self.message
        self.details = details
        self.headers: dict[str, str] = {}
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        return {"error": self.message, "code": self.code, **self.details}


class Invalid(OperationError):
    """The input is wrong; ``fields`` tells where."""


class NotFound(OperationError):
    status = 404
    code = "not_found"
    message = "There is nothing here by that id."


class Conflict(OperationError):
    status = 409
    code = "conflict"
    message = "That cannot be done in the present state."


class Forbidden(OperationError):
    status = 403
    code = "forbidden"
    message = "Your role or key does not allow this."


class RateLimited(OperationError):
    """Too many requests; ``wait_secs`` until there may be another."""

    status = 429
    code = "rate_limited"

    def __init__(self, wait_secs: float) -> None:
        wait = max(1, round(wait_secs))
        super().__init__(f"Too many requests. Please try again in {wait} s.")
        self.headers = {"Retry-After": str(wait)}


class Unavailable(OperationError):
    status = 503
    code = "unavailable"
    message = "The service cannot answer right now. Please try again in a moment."
