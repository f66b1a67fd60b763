"""The real servers behave as the tests that use them believe."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable

import pytest

from servers.postfix import Postfix
from servers.smtp_sink import Sink

pytestmark = pytest.mark.server


def _letter(recipient: str) -> bytes:
    return f"Subject: hello\r\nTo: {recipient}\r\n\r\n.one line\r\n".encode()


def test_postfix_delivers_after_starttls_and_login(postfix: Postfix) -> None:
    """Postfix takes a letter over verified TLS, with AUTH, into the reader's box."""
    trusted = ssl.create_default_context(cafile=str(postfix.ca))
    with smtplib.SMTP("localhost", postfix.port, timeout=60) as client:
        client.starttls(context=trusted)
        client.login(postfix.username, postfix.password)
        assert {"pipelining", "smtputf8", "chunking"} <= client.esmtp_features.keys()
        reader = "ada@servers.example.test"
        client.sendmail("news@example.org", [reader], _letter(reader))
    [letter] = postfix.delivered("servers.example.test", expected=1)
    assert letter.recipient == reader
    assert letter.content.endswith(b"\n\n.one line\n")


def test_postfix_refuses_a_wrong_password(postfix: Postfix) -> None:
    """Only the password of this run opens Postfix."""
    trusted = ssl.create_default_context(cafile=str(postfix.ca))
    with (
        smtplib.SMTP_SSL(
            "localhost", postfix.smtps_port, timeout=60, context=trusted
        ) as client,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        client.login(postfix.username, "wrong")


def test_postfix_refuses_and_defers_by_name(postfix: Postfix) -> None:
    """refused@ gets a permanent answer, later@ a temporary one, strangers none."""
    with smtplib.SMTP("localhost", postfix.port, timeout=60) as client:
        client.ehlo("localhost")
        codes = []
        for reader in "refused@example.test", "later@example.test", "x@example.org":
            client.mail("news@example.org")
            codes.append(client.rcpt(reader)[0])
            client.rset()
    assert codes == [554, 450, 554]


def test_the_sink_keeps_what_it_takes(smtp_sink: Callable[..., Sink]) -> None:
    """smtp-sink keeps sender, recipient and the letter as it came."""
    sink = smtp_sink()
    with smtplib.SMTP("localhost", sink.port, timeout=60) as client:
        for reader in "a@example.org", "b@example.org":
            client.sendmail("news@example.org", [reader], _letter(reader))
    kept = sorted(sink.messages(expected=2), key=lambda k: k.recipients)
    assert [k.recipients for k in kept] == [("a@example.org",), ("b@example.org",)]
    assert {k.sender for k in kept} == {"news@example.org"}
    assert kept[0].content == b"Subject: hello\nTo: a@example.org\n\n.one line\n"


def test_the_sink_refuses_when_told(smtp_sink: Callable[..., Sink]) -> None:
    """A flag of smtp-sink makes it say no; nothing is kept."""
    sink = smtp_sink("-f", "RCPT")
    client = smtplib.SMTP("localhost", sink.port, timeout=60)
    with client, pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("n@example.org", ["a@example.org"], _letter("a"))
    assert sink.messages() == []


def test_a_sink_starts_at_once(smtp_sink: Callable[..., Sink]) -> None:
    """Starting a sink costs no test run its patience."""
    begin = time.monotonic()
    sink = smtp_sink(keep=False)
    assert sink.url.endswith(str(sink.port))
    assert time.monotonic() - begin < 30
