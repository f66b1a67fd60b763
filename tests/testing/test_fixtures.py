from __future__ import annotations

import smtplib
import ssl
import threading
import unittest
from collections.abc import Callable
from pathlib import Path

import pytest

from safesend import Campaign, Recipient, Template
from safesend.testing import (
    FakeClock,
    SmtpServer,
    assert_private,
    assert_sent_once,
    make_envelopes,
)
from safesend.transports import MemoryTransport, open_transport

PEOPLE = ["ada@example.org", "bo@example.com"]
OCTETS = b"Subject: Come\r\n\r\nCome!\r\n"


def _campaign() -> Campaign:
    return Campaign(
        name="invitation",
        sender="news@example.org",
        template=Template(subject="Come", text="Dear {{ name }}, come!\n"),
        audience=[Recipient(one, name=one[:2]) for one in PEOPLE],
    )


def _send(server: SmtpServer, context: ssl.SSLContext | None = None) -> None:
    with smtplib.SMTP(server.host, server.port) as client:
        if context is not None:
            client.starttls(context=context)
            client.login("ada", "secret")
        client.sendmail("o@x.example", ["ada@example.org"], OCTETS)


def test_the_server_takes_mail(smtp_server: SmtpServer) -> None:
    """From any program."""
    _send(smtp_server)

    [message] = smtp_server.messages
    assert message.recipient == "ada@example.org"
    assert message.message["Subject"] == "Come"


def test_each_test_has_a_server_of_its_own(smtp_server: SmtpServer) -> None:
    """With nothing of an earlier test in it."""
    assert smtp_server.messages == []
    assert smtp_server.url == f"smtp+insecure-plaintext://127.0.0.1:{smtp_server.port}"


def test_a_campaign_is_private(
    smtp_server: SmtpServer, outbox: MemoryTransport
) -> None:
    """Over the wire and in the outbox."""
    for way in smtp_server.url, outbox:
        assert _campaign().send(way, ledger=":memory:").accepted == 2
    for messages in smtp_server.messages, outbox.messages:
        assert_private(messages)
        assert_sent_once(messages, PEOPLE)


@pytest.mark.smtp_server(tls="starttls", users={"ada": "secret"})
def test_a_mark_says_what_the_server_is_like(smtp_server: SmtpServer) -> None:
    """TLS and passwords, as an example."""
    _send(smtp_server, smtp_server.client_context())

    [message] = smtp_server.messages
    assert (message.user, message.tls) == ("ada", True)


@pytest.mark.smtp_server(tls="starttls", users={"ada": "secret"})
def test_a_client_that_trusts_what_the_system_trusts(
    smtp_server: SmtpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is told of the certificate by the variable that OpenSSL reads."""
    (tmp_path / "ca.pem").write_bytes(smtp_server.ca_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    _send(smtp_server, ssl.create_default_context())
    assert len(smtp_server.messages) == 1


@pytest.mark.parametrize(
    "smtp_server", [{}, {"chunking": True}], indirect=True, ids=["plain", "chunks"]
)
def test_a_parameter_says_it_too(
    smtp_server: SmtpServer, request: pytest.FixtureRequest
) -> None:
    """One test for several kinds of server."""
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        client.ehlo()
        assert client.has_extn("chunking") == ("chunks" in request.node.name)


def test_a_test_may_have_several_servers(
    smtp_server: SmtpServer, make_smtp_server: Callable[..., SmtpServer]
) -> None:
    """On ports of their own."""
    other = make_smtp_server(users={"ada": "secret"}, auth_without_tls=True)

    assert other.port != smtp_server.port
    with pytest.raises(smtplib.SMTPSenderRefused):
        _send(other)
    with pytest.raises(pytest.fail.Exception, match="make_smtp_server does not know"):
        make_smtp_server(tsl="starttls")


def test_servers_go_by_the_clock_of_the_test(
    fake_clock: FakeClock, smtp_server: SmtpServer
) -> None:
    """An hour of greylisting is over at once."""
    smtp_server.greylist(60)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        _send(smtp_server)
    fake_clock.advance(3600)

    _send(smtp_server)
    assert smtp_server.clock is fake_clock


def test_code_that_opens_its_own_transport_finds_the_outbox(
    outbox: MemoryTransport,
) -> None:
    """By its URL, in this process."""
    assert _campaign().send(outbox.url, ledger=":memory:").accepted == 2
    assert len(outbox.messages) == 2
    assert open_transport(outbox.url) is outbox


class TestWithUnittest(unittest.TestCase):
    """The same without pytest's fixtures."""

    def setUp(self) -> None:
        self.server = self.enterContext(SmtpServer())
        self.box = MemoryTransport()

    def test_a_server_for_one_test(self) -> None:
        """It stops by itself."""
        _send(self.server)
        assert self.server.messages[0].recipient == "ada@example.org"

    def test_the_assertions(self) -> None:
        """They fail as those of unittest do."""
        _campaign().send(self.box, ledger=":memory:")
        assert_private(self.box.messages)
        with pytest.raises(self.failureException):
            assert_sent_once(self.box.messages, PEOPLE[:1])


@pytest.mark.usefixtures("smtp_server")
class TestWithBoth(unittest.TestCase):
    def test_a_fixture_may_be_used_by_a_test_case(self) -> None:
        """Its server runs meanwhile."""
        names = {thread.name for thread in threading.enumerate()}
        assert "safesend-smtp-server" in names


def test_envelopes_may_be_asserted_of(outbox: MemoryTransport) -> None:
    """Also those that nothing has sent."""
    assert_private(make_envelopes(PEOPLE))
    assert outbox.messages == []
