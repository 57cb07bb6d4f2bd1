"""One POST to an address that somebody else has named: what it may reach is checked.

The name is resolved here, every address that it has must be a public one, and the
connection is made to the address that was checked, so that a name which changes in
between leads nowhere. Redirects are not followed, and everything together has a limit
of time and of size.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore
from django.conf import settings

TOTAL_SECS = 10.0
MOST_BYTES = 2048

# Addresses that stand for IPv4 ones.
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """The address may not be asked; the text says why, for people."""


@dataclass(frozen=True)
class Answer:
    """What a receiver said; ``excerpt`` is the beginning of it."""

    status_code: int
    excerpt: str


def post(url: str, headers: dict[str, str], body: bytes) -> Answer:
    """POST and read the beginning of the answer.

    Raises ``Refused``, or ``OSError`` or an exception of httpcore's when the receiver
    cannot be reached or takes longer than ``TOTAL_SECS``.
    """
    deadline = time.monotonic() + TOTAL_SECS
    with (
        httpcore.ConnectionPool(
            network_backend=CheckedBackend(deadline), max_connections=1
        ) as pool,
        pool.stream("POST", url, headers=[*headers.items()], content=body) as response,
    ):
        return Answer(response.status, _beginning(response))


def _beginning(response: httpcore.Response) -> str:
    read = b""
    for chunk in response.iter_stream():
        read += chunk
        if len(read) >= MOST_BYTES:
            break
    return read[:MOST_BYTES].decode(errors="replace").replace("\0", "")


def checked_addresses(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises ``Refused`` where any is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("The name of the host is not known.") from None
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    for address in addresses:
        if not may_be_asked(address):
            raise Refused("The host has an address that is not public.")
    return addresses


def may_be_asked(address: str) -> bool:
    """Whether an address is public, or in a network that the operator allows."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if any(ip in network for network in settings.WEBHOOK_ALLOW_PRIVATE):
        return True
    inner = embedded(ip)
    if inner is not None:
        return may_be_asked(str(inner))
    return ip.is_global and not ip.is_multicast


def embedded(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1]) or None


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, until a deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = Refused("The name of the host has no address.")
        for address in checked_addresses(host, port):
            try:
                stream = self._backend.connect_tcp(
                    address, port, timeout=remaining(self._deadline)
                )
                return TimedStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise Refused("A receiver has an address on the network.")


class TimedStream(httpcore.NetworkStream):
    """A connection on which every step has the time that is left of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, remaining(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, remaining(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(
            ssl_context, server_hostname, remaining(self._deadline)
        )
        return TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole request is up")
    return left
