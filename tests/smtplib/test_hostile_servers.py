"""Servers that answer what nobody would: what is told is what is true."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import BinaryIO

import pytest
from lax_server import playing

from safesend import smtplib
from safesend.testing import SmtpServer

ADA, BO, CHEN = "ada@example.org", "bo@example.com", "chen@example.net"
PLAIN = b"Subject: Your seat\r\n\r\nSee you.\r\n"
TOO_LONG = b"250 " + b"x" * 9000 + b"\r\n"


@pytest.fixture(params=[True, False], ids=["pipelining", "in turn"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    with SmtpServer(pipelining=request.param) as running:
        yield running


@pytest.fixture
def client(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    one = smtplib.SMTP("127.0.0.1", server.port, local_hostname="localhost", timeout=60)
    yield one
    one.close()


def _taken(server: SmtpServer) -> list[str]:
    return [one.recipients[0] for one in server.messages if one.content.strip()]


@pytest.mark.parametrize("octets", [b"354 go on\r\n", b"999 x\r\n", b"600 x\r\n"])
def test_what_is_no_answer_to_a_message_is_a_doubt(
    server: SmtpServer, client: smtplib.SMTP, octets: bytes
) -> None:
    """The server may have taken it: nobody is told that it was refused.

    After it the same object may connect again, and greets anew.
    """
    server.garbage("dot", octets, to=BO)
    told = client.sendmail("office@example.net", [ADA, BO, CHEN], PLAIN)
    assert {one: code for one, (code, _) in told.items()} == {BO: -1, CHEN: 421}
    assert _taken(server) == [ADA, BO]
    client.connect("127.0.0.1", server.port)
    server.garbage("dot", octets)
    with pytest.raises(smtplib.SMTPInDoubt):
        client.sendmail("office@example.net", ADA, PLAIN)


@pytest.mark.parametrize("octets", [TOO_LONG, b"999 x\r\n", b"\r\n"])
@pytest.mark.parametrize("stage", ["rset", "rcpt", "mail", "data"])
def test_an_answer_that_is_none_hides_nobody(
    server: SmtpServer, client: smtplib.SMTP, octets: bytes, stage: str
) -> None:
    """Who is not named has the message, who is refused has not; others are in doubt."""
    server.garbage(stage, octets, when=lambda now: bool(now.accepted))
    try:
        told = client.sendmail("office@example.net", [ADA, BO, CHEN], PLAIN)
    except smtplib.SMTPInDoubt as doubt:
        told = doubt.recipients
    taken = _taken(server)
    assert taken == [ADA]
    assert {BO, CHEN} <= told.keys()
    assert told.get(ADA, (-1, b""))[0] == -1


def _hangs_up_in_the_middle(line: socket.socket, file: BinaryIO) -> None:
    line.sendall(b"220 x\r\n")
    file.readline()
    line.sendall(b"250-x\r\n250 PIPELINING\r\n")
    for _ in range(4):
        file.readline()
    line.sendall(b"250 a\r\n250 b\r\n250 c\r\n354 d\r\n")
    file.readline()


def test_a_line_that_ends_in_the_middle_of_a_message_is_no_doubt() -> None:
    """Its end was never written, also where the next person's commands follow it."""
    large = PLAIN + b"x\r\n" * 3_000_000
    with playing(_hangs_up_in_the_middle) as port:
        client = smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=60)
        with pytest.raises(smtplib.SMTPServerDisconnected) as lost:
            client.sendmail("office@example.net", [ADA, BO], large)
        client.close()
    assert not isinstance(lost.value, smtplib.SMTPInDoubt)
