"""smtplib: `public` and `allow` of a connection, who may stand in every message."""

from __future__ import annotations

import pytest

from safesend import Allow, smtplib
from safesend.errors import ConfigurationError
from safesend.testing import SmtpServer

PEOPLE = ["ada@example.org", "ben@example.net", "cyd@example.com"]
LETTER = b"From: shop@example.org\r\nTo: all\r\n\r\nAsk ben@example.net\r\n"


@pytest.fixture
def client():
    """A connection of the drop-in."""
    with (
        SmtpServer() as server,
        smtplib.SMTP("127.0.0.1", server.port) as client,
    ):
        yield client


def _refused(client, letter: bytes = LETTER, **more) -> bool:
    try:
        client.sendmail("shop@example.org", PEOPLE, letter, **more)
    except smtplib.SMTPUnsafeMessage:
        return True
    return False


def test_who_is_public_may_stand_in_a_message(client):
    """Said, taken back and said again between two calls of one connection."""
    assert _refused(client)
    client.public = ["ben@example.net"]
    assert not _refused(client)
    client.public = ()
    assert _refused(client)
    assert _refused(client, disclose=True)
    client.public = ["ben@example.net"]
    assert not _refused(client, disclose=True)


def test_a_check_is_passed_over_for_a_reason(client):
    """As for `safesend.inspect`, which knows what can be."""
    board = b"".join(b"m%d@far.test\r\n" % number for number in range(9))
    letter = LETTER.replace(b"Ask ben@example.net", b"The board:\r\n" + board)
    assert _refused(client, letter)
    client.allow = [Allow("L21", "the board is known")]
    assert not _refused(client, letter)
    client.allow = ["I3: they know each other"]
    with pytest.raises(ConfigurationError, match="cannot be allowed"):
        client.sendmail("shop@example.org", PEOPLE, LETTER)
