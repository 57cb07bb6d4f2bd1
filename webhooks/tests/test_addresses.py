"""No request goes to an address that is not public, by whatever name."""

import ipaddress
import socket
from typing import Any

import pytest
from pytest_django import Settings

from doubles.receiver import Receiver
from webhooks import wire


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:0001::", "64:ff9b::a00:1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not wire.may_be_asked(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111"])
def test_a_public_one_is_not(address: str) -> None:
    assert wire.may_be_asked(address)


def test_networks_that_are_allowed_may_be_told(settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = [ipaddress.ip_network("10.1.0.0/16")]

    assert wire.may_be_asked("10.1.2.3")
    assert wire.may_be_asked("::ffff:10.1.2.3")
    assert not wire.may_be_asked("10.2.0.1")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]"]
)
def test_our_own_machine_is_not_told_however_it_is_written(host: str) -> None:
    receiver = Receiver()
    try:
        with pytest.raises(wire.Refused):
            wire.post(f"http://{host}:{receiver.port}/", {}, b"{}")
    finally:
        receiver.close()
    assert receiver.received == []


def test_a_name_with_one_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer(monkeypatch, ["1.1.1.1", "10.0.0.1"])

    with pytest.raises(wire.Refused, match="not public"):
        wire.checked_addresses("two.example.com", 443)


def test_the_name_is_resolved_once_and_the_checked_address_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere a moment later (DNS rebinding) leads nowhere."""
    asked = answer(monkeypatch, ["127.0.0.1"], then=["10.0.0.1"])

    answered = wire.post(f"http://rebinding.example.com:{receiver.port}/", {}, b"{}")

    assert answered.status_code == 200
    assert asked == ["rebinding.example.com"]
    host = receiver.received[0].headers["Host"]
    assert host == f"rebinding.example.com:{receiver.port}"


def test_a_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(wire.Refused, match="not known"):
        wire.post("http://nobody.invalid/", {}, b"{}")


def answer(
    monkeypatch: pytest.MonkeyPatch,
    first: list[str],
    then: list[str] | None = None,
) -> list[str]:
    """Have names resolve to these; answers the names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if not host.endswith(".example.com"):
            return real(host, port, *args, **kwargs)
        addresses = first if not asked else then or first
        asked.append(host)
        kind = socket.SOCK_STREAM
        return [(socket.AF_INET, kind, 6, "", (ip, port)) for ip in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked
