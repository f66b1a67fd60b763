from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time

import pytest

from safesend.testing import SmtpServer

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
        for _ in range(100):  # until the server has noticed that the first is gone
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
    """By real time."""
    with SmtpServer() as server:
        server.stall("noop", 0.1)
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.ehlo()
            begin = time.monotonic()
            client.noop()
            assert time.monotonic() - begin >= 0.09


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
