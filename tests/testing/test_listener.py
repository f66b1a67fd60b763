from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Callable

import pytest

from safesend.testing import FakeClock, SmtpServer

LETTER = b"Subject: x\r\n\r\nHello\r\n"


def _send(client: smtplib.SMTP) -> None:
    client.sendmail("a@x.example", ["b@x.example"], LETTER)


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_a_standard_client_can_use_it(tls: str) -> None:
    """In clear text, after STARTTLS, and in TLS from the beginning."""
    with SmtpServer(tls=tls) as server:
        if tls == "implicit":
            context = server.client_context()
            client = smtplib.SMTP_SSL("127.0.0.1", server.port, context=context)
        else:
            client = smtplib.SMTP("127.0.0.1", server.port)
        with client:
            if tls == "starttls":
                client.starttls(context=server.client_context())
            _send(client)

        [message] = server.messages
        assert message.content == LETTER
        assert message.tls is (tls != "none")
        assert server.violations == []


@pytest.mark.parametrize("tls", ["none", "starttls"])
def test_replies_can_come_in_pieces(tls: str) -> None:
    """An octet at a time, also before a handshake and before hanging up."""
    with SmtpServer(tls=tls) as server:
        server.split_replies(7)
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            if tls == "starttls":
                client.starttls(context=server.client_context())
            _send(client)
        assert len(server.messages) == 1


def test_connections_beyond_the_limit_are_turned_away() -> None:
    """With 421, and there is room again when one goes."""
    with SmtpServer() as server:
        server.limit_connections(1)
        with smtplib.SMTP("127.0.0.1", server.port) as first:
            with pytest.raises(smtplib.SMTPConnectError) as caught:
                smtplib.SMTP("127.0.0.1", server.port)
            _send(first)
        assert caught.value.smtp_code == 421
        for _ in range(6000):  # until the server has noticed that the first is gone
            try:
                smtplib.SMTP("127.0.0.1", server.port).close()
                break
            except smtplib.SMTPConnectError:
                time.sleep(0.01)
        else:
            pytest.fail("there is no room")
        assert server.connections >= 3


def test_a_failed_handshake_ends_the_connection() -> None:
    """The client does not trust it, and is gone."""
    with SmtpServer(tls="starttls") as server:
        client = smtplib.SMTP("127.0.0.1", server.port)
        with pytest.raises(ssl.SSLCertVerificationError):
            client.starttls(context=ssl.create_default_context())
        client.close()
        assert server.messages == []


def test_plain_text_instead_of_a_handshake_ends_the_connection() -> None:
    """Nothing of it is taken for a command."""
    with (
        SmtpServer(tls="starttls") as server,
        socket.create_connection(("127.0.0.1", server.port)) as client,
    ):
        client.sendall(b"EHLO me\r\n")
        _until(client, b"STARTTLS\r\n")
        client.sendall(b"STARTTLS\r\n")
        assert client.recv(4096).startswith(b"220")
        client.sendall(b"NOOP\r\n" * 100)
        assert b"250" not in _rest(client)
        assert server.violations == []


def _until(client: socket.socket, end: bytes) -> None:
    got = b""
    while not got.endswith(end):
        got += client.recv(1)


def _rest(client: socket.socket) -> bytes:
    """What still comes until the end: nothing, or a TLS alert."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while octets := client.recv(4096):
            got += octets
    return got


def test_a_stalled_reply_comes_late() -> None:
    """By real time, if the server has no other."""
    with SmtpServer() as server:
        server.stall("noop", 0.1)
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.ehlo()
            begin = time.monotonic()
            client.noop()
            assert time.monotonic() - begin >= 0.09


def test_a_stall_goes_by_the_given_clock() -> None:
    """An hour passes in a moment, for a client that only waits."""
    clock = FakeClock()
    with SmtpServer(clock=clock) as server:
        server.stall("dot", 3600)
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            _send(client)
        [told] = server.transactions
        assert (told.began, told.ended, told.accepted) == (0, 3600, True)


def test_a_stalled_message_is_kept_though_the_client_left() -> None:
    """It cannot know (RFC 1047); whether the server is still there it can."""
    clock = FakeClock(jumps=False)
    with SmtpServer(clock=clock) as server:
        server.stall("dot", 600)
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            _send(smtplib.SMTP("127.0.0.1", server.port, timeout=1.5))
        assert server.messages == []
        clock.advance(600)
        assert _soon(lambda: len(server.messages) == 1)


def _soon(question: Callable[[], bool]) -> bool:
    for _ in range(6000):
        if question():
            return True
        time.sleep(0.01)
    return False


def test_chunks_go_over_a_real_line() -> None:
    """Written in pieces, as a network would have them."""
    with (
        SmtpServer(chunking=True) as server,
        socket.create_connection(("127.0.0.1", server.port)) as client,
    ):
        client.sendall(b"EHLO me\r\n")
        _until(client, b"250 ENHANCEDSTATUSCODES\r\n")
        client.sendall(b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\n")
        _until(client, b"250 2.1.5 Ok\r\n")
        half = b"Subject: x\r\n\r\n" + b"." * 50 + b"\r\n" + b"z" * 500_000
        half = half.replace(b"zz" * 400, b"y" * 798 + b"\r\n") + b"\r\n"
        client.sendall(b"BDAT %d\r\n" % len(half))
        for at in range(0, len(half), 60_000):
            client.sendall(half[at : at + 60_000])
        client.sendall(b"BDAT %d LAST\r\n" % len(half) + half)
        _until(client, b"queued as 1\r\n")
        [message] = server.messages
        assert message.content == half * 2
        assert server.violations == []


@pytest.mark.parametrize("piece", [None, 1])
@pytest.mark.parametrize("command", ["NOOP", "STARTTLS"])
def test_what_comes_late_for_a_client_that_left_is_dropped(
    piece: int | None, command: str
) -> None:
    """Nobody is there to read it; the next one is served."""
    with SmtpServer(tls="starttls") as server:
        server.split_replies(piece)
        server.stall(command.lower(), 0.05)
        server.stall("quit", 0.05)
        server.drop_after("quit")
        for word in (command, "QUIT"):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(b"EHLO me\r\n")
                _until(client, b"STARTTLS\r\n")
                client.sendall(word.encode() + b"\r\n")
        time.sleep(0.1)
        server.behave()
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            _send(client)
        assert len(server.messages) == 1
