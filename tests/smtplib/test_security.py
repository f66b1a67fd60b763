"""TLS contexts, early words on a line, and where the other side is."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from safesend.smtplib.driver import ReplyFile
from safesend.smtplib.security import (
    checking_context,
    early_octets,
    is_here,
    keeps_secret,
)
from safesend.testing import Certificates


def test_the_context_checks_certificate_and_name(tmp_path: Path) -> None:
    """Also when it has a certificate of its own."""
    pem = tmp_path / "own.pem"
    pem.write_bytes(Certificates()._own.private_key_and_cert_chain_pem.bytes())
    for context in (checking_context(), checking_context(str(pem), str(pem))):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
    with pytest.raises(ValueError, match="certfile"):
        checking_context(None, str(pem))


def test_what_came_early_is_seen_without_waiting() -> None:
    """In what was read ahead as well as on the line."""
    here, there = socket.socketpair()
    with here, there:
        file = ReplyFile(here)
        assert early_octets(here, file) == b""
        there.sendall(b"220 go\r\n250 too early\r\n")
        assert early_octets(here, None) == b"2"
        assert file.readline(99) == b"220 go\r\n"
        assert early_octets(here, file) == b"250 too early\r\n"


class _Peer:
    family = socket.AF_INET

    def __init__(self, *name: object) -> None:
        self._name = name

    def getpeername(self) -> tuple[object, ...]:
        if not self._name:
            raise OSError
        return self._name


@pytest.mark.parametrize(
    ("name", "here"),
    [
        (("127.0.0.1", 25), True),
        (("127.8.8.8", 25), True),
        (("::1", 25, 0, 0), True),
        (("::ffff:127.0.0.1", 25, 0, 0), True),
        (("::ffff:192.0.2.1", 25, 0, 0), False),
        (("fe80::1%eth0", 25, 0, 2), False),
        (("192.0.2.1", 25), False),
        (("10.0.0.1", 25), False),
        (("localhost.example", 25), False),
        ((), False),
    ],
)
def test_only_this_machine_is_here(name: tuple[object, ...], *, here: bool) -> None:
    """Loopback in all its forms; a name, a private network, a lost line are not."""
    assert is_here(_Peer(*name)) is here


def test_a_unix_socket_is_here() -> None:
    """There is no line that somebody could listen to."""
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert is_here(one)


@pytest.mark.parametrize(
    ("mechanism", "kept"),
    [("cram-md5", True), ("SCRAM-SHA-256", True), ("PLAIN", False), ("XOAUTH2", False)],
)
def test_mechanisms_that_show_the_password_are_known(
    mechanism: str, *, kept: bool
) -> None:
    """A proof shows no password; the password itself and a token do."""
    assert keeps_secret(mechanism) is kept
