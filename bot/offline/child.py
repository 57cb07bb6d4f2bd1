"""A child process that speaks and listens, so that the bot's loop never waits.

Both libraries hold the interpreter's lock for hundreds of milliseconds, which in
the bot would be heard in every call. Requests and answers are frames on stdin and
stdout: the length of a JSON header, the header, its `bytes` of payload. When the
bot dies its end of stdin closes, and this ends.
"""

import json
import signal
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from bot.offline import listening, speaking

_LENGTH = struct.Struct("<I")


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """One frame, or None when the other side is gone."""
    prefix = stream.read(_LENGTH.size)
    if len(prefix) < _LENGTH.size:
        return None
    header: dict[str, Any] = json.loads(stream.read(_LENGTH.unpack(prefix)[0]))
    return header, stream.read(int(header["bytes"]))


def frame(header: dict[str, Any], payload: bytes) -> bytes:
    """A header and its payload as they travel."""
    text = json.dumps({**header, "bytes": len(payload)}).encode()
    return _LENGTH.pack(len(text)) + text + payload


def _speak() -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    speaker = speaking.Speaker()

    def answer(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        pcm = speaker.say(payload.decode(), voice=header["voice"], rate=header["rate"])
        return {}, pcm

    return answer


def _listen() -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    listener = listening.Listener()

    def answer(_: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {"text": listener.hear(payload)}, b""

    return answer


def main() -> None:
    """Serve one kind of request, `speak` or `listen`, until stdin closes."""
    # Ctrl-C and a group's SIGTERM are for the bot, which needs this for goodbyes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    answer = {"speak": _speak, "listen": _listen}[sys.argv[1]]()
    while request := read_frame(sys.stdin.buffer):
        header, payload = answer(*request)
        sys.stdout.buffer.write(frame(header, payload))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
