from __future__ import annotations

import contextlib
import smtplib
import socket

from safesend.testing import SmtpServer
from safesend.testing.account import account_of

OCTETS = b"Subject: Come\r\n\r\nCome!\r\n"


def _send(server: SmtpServer, *people: str, sender: str = "office@x.example") -> None:
    client = smtplib.SMTP(server.host, server.port)
    with client, contextlib.suppress(smtplib.SMTPException):
        client.sendmail(sender, people, OCTETS)


def test_every_try_is_told_with_its_end() -> None:
    """Who to whom, masked, and the answer that decided it."""
    with SmtpServer() as server:
        server.reply("rcpt", "550 5.1.1 no ada@example.org", to="ada@example.org")
        server.drop_before_reply("dot", message=3)
        _send(server, "ada@example.org")
        _send(server, "bo@example.com", sender="")
        _send(server, *(f"p{number}@x.example" for number in range(5)))
        account = account_of(server).splitlines()

    assert account == [
        f"{server.url}: 3 connections, 3 transactions, 2 messages taken",
        (
            "1. connection 1, o\u2026@x.example to a\u2026@example.org: not taken,"
            " at rcpt: 550 5.1.1 no a\u2026@example.org"
        ),
        "2. connection 2, <> to b\u2026@example.com: taken: 250 2.0.0 Ok: queued as 1",
        (
            "3. connection 3, o\u2026@x.example to p\u2026@x.example,"
            " p\u2026@x.example, p\u2026@x.example and 2 more: taken: no reply"
        ),
    ]


def test_limits_and_broken_rules_are_told() -> None:
    """How often the first turned somebody away, and what the second were."""
    with SmtpServer() as server:
        server.greylist(5)
        _send(server, "ada@example.org")
        with socket.create_connection((server.host, server.port)) as client:
            client.recv(999)
            client.sendall(b"MAIL FROM: <eve@example.net>\r\n")
            client.recv(999)
        account = account_of(server)

    assert "\nturned away by greylist: 1\n" in account
    assert "\nagainst the rules of SMTP: 1\n" in account + "\n"
    assert "eve@" not in account


def test_nobody_came() -> None:
    """Which is often what is wrong."""
    with SmtpServer() as server:
        account = account_of(server)

    assert account == f"{server.url}: 0 connections, 0 transactions, 0 messages taken"


def test_of_many_tries_the_last_are_told() -> None:
    """And the others counted."""
    with SmtpServer() as server, smtplib.SMTP(server.host, server.port) as client:
        for _ in range(31):
            client.sendmail("o@x.example", ["ada@example.org"], OCTETS)
        client.mail("o@x.example")
        account = account_of(server)

    assert "\n... 2 earlier transactions\n3. connection 1" in account
    assert (
        "\n32. connection 1, \u2026@x.example to nobody: not taken, at mail" in account
    )
