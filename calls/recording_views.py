"""Signed links to recordings in the local folder: what S3 does where there is one."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from calls.stores import CONTENT_TYPE, LISTEN, UPLOAD, LocalStore
from common.errors import Forbidden, Invalid, NotFound, OperationError

CHUNK = 256 * 1024
RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


class TooLarge(OperationError):
    status = 413
    code = "too_large"
    message = "The recording is too large."


class Unsatisfiable(OperationError):
    status = 416
    code = "invalid"
    message = "The recording has no such range."


# The token in the URL is the credential, so there is no cookie that could be misused.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "PUT"])
def recording(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        if request.method == "PUT":
            return upload(request, token)
        return listen(request, token)
    except OperationError as error:
        return JsonResponse(error.body(), status=error.status)


def upload(request: HttpRequest, token: str) -> HttpResponse:
    """Store the body under the key that the token names. Nothing is visible until all
    of it has arrived."""
    store = LocalStore()
    claim = store.claim(UPLOAD, token)
    if claim is None:
        raise Forbidden("The link is not valid, or has expired.")
    path = store.path(claim["key"])
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        try:
            receive(request, part)
            Path(part.name).replace(path)
        except BaseException:
            Path(part.name).unlink()
            raise
    return HttpResponse(status=200)


def receive(request: HttpRequest, part: IO[bytes]) -> None:
    """Copy the body. Raises ``TooLarge``, and ``Invalid`` if it is no WAV."""
    received = 0
    while chunk := request.read(CHUNK):
        if not received and (chunk[:4], chunk[8:12]) != (b"RIFF", b"WAVE"):
            raise Invalid("The body is not a WAV file.")
        received += len(chunk)
        if received > settings.MAX_RECORDING_BYTES:
            raise TooLarge
        part.write(chunk)
    if not received:
        raise Invalid("The body is empty.")
    if received != int(request.headers.get("Content-Length") or received):
        raise Invalid("The body is shorter than its Content-Length.")
    part.flush()
    os.fsync(part.fileno())


def listen(request: HttpRequest, token: str) -> HttpResponseBase:
    """The recording, or the part that ``Range`` asks for, so that players seek."""
    store = LocalStore()
    claim = store.claim(LISTEN, token)
    if claim is None:
        raise Forbidden("The link is not valid, or has expired.")
    try:
        size = store.path(claim["key"]).stat().st_size
    except FileNotFoundError:
        raise NotFound("The recording is not there any more.") from None
    start, stop = wanted_range(request.headers.get("Range", ""), size)
    partial = (start, stop) != (0, size)
    response = StreamingHttpResponse(
        read_range(store.path(claim["key"]), start, stop) if size else (),
        status=206 if partial else 200,
        content_type=CONTENT_TYPE,
    )
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(stop - start)
    response["Cache-Control"] = "private, max-age=3600"
    if partial:
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    if claim["as"]:
        response["Content-Disposition"] = f'attachment; filename="{claim["as"]}"'
    return response


def wanted_range(header: str, size: int) -> tuple[int, int]:
    """(first byte, one after the last) of a ``Range``; all of it if there is none that
    is understood, as RFC 9110 §14.2 allows. Raises ``Unsatisfiable``."""
    match = RANGE.match(header)
    if not match or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
    if start >= stop:
        raise Unsatisfiable
    return start, stop


def read_range(path: Path, start: int, stop: int) -> Iterator[bytes]:
    """Opened on the first read: an answer that nobody reads leaves nothing open."""
    with path.open("rb") as file:
        file.seek(start)
        while (left := stop - file.tell()) > 0 and (
            chunk := file.read(min(left, CHUNK))
        ):
            yield chunk
