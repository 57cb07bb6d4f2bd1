"""What Plivo tells us: whether it is Plivo, and what its words for an end mean."""

import hmac
from collections.abc import Mapping
from typing import Any

from plivo.utils import signature_v3

SIGNATURE, NONCE = "X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"


def is_genuine(
    url: str, params: Mapping[str, Any], headers: Mapping[str, str], token: str
) -> bool:
    """Whether a POST to ``url`` bears Plivo's signature (V3), made with the account's
    secret ``token``. A header may hold several signatures, with commas between."""
    given, nonce = headers.get(SIGNATURE, ""), headers.get(NONCE, "")
    if not (given and nonce and token):
        return False
    signed = signature_v3.construct_post_url(url, dict(params)).decode()
    expected: bytes = signature_v3.get_signature_v3(token.encode(), signed, nonce)
    return any(
        hmac.compare_digest(expected, one.strip().encode()) for one in given.split(",")
    )


# Plivo's words for why a call that nobody answered ended, by what its own table of
# hangup causes calls them, and the failure reasons of ours that they are kept with.
# Who is to blame stands with each reason in ``calls.failures``.
BY_CAUSE = {
    "busy line": "busy",
    "user busy": "busy",
    "no answer": "no_answer",
    "ring timeout reached": "no_answer",
    "lost race": "no_answer",
    "canceled": "no_answer",
    "cancelled": "no_answer",
    "rejected": "rejected",
    "call rejected": "rejected",
    "invalid destination address": "invalid_number",
    "destination out of service": "invalid_number",
    "endpoint not registered": "invalid_number",
    "unallocated number": "invalid_number",
    "invalid number format": "invalid_number",
}
# For causes that are not in the table: Plivo's codes and statuses.
BY_CODE = {
    "2000": "invalid_number",
    "2010": "invalid_number",
    "3000": "no_answer",
    "3010": "busy",
    "3020": "rejected",
}
BY_STATUS = {
    "busy": "busy",
    "no-answer": "no_answer",
    "timeout": "no_answer",
    "cancel": "rejected",
}


def failure_reason(cause: str, code: str, status: str) -> str:
    """Why a call came to nothing; ``carrier_error`` where it is not known better."""
    words = cause.replace("_", " ").strip().lower()
    return (
        BY_CAUSE.get(words)
        or BY_CODE.get(code.strip())
        or BY_STATUS.get(status.strip().lower())
        or "carrier_error"
    )
