"""What Postfix delivers still has the signatures with which it was sent."""

from __future__ import annotations

import ssl

import attrs
import pytest

from end_to_end.mailing import audience, campaign
from message.judges import dkimpy, ed25519, opendkim, rsa
from safesend import Attachment, Campaign, Recipient, Template
from safesend.transports import SmtpTransport
from servers.fixtures import or_skip

pytestmark = pytest.mark.server

BOTH = rsa(), ed25519()


def test_signatures_survive_a_real_server(postfix, tmp_path):
    """
    Sent over SMTP by two hundred and read back: dkimpy and OpenDKIM take both
    signatures of every message, and none of one with another octet.
    """
    domain = "signed.example.test"
    people = audience(tmp_path, 200, domain)
    context = ssl.create_default_context(cafile=str(postfix.ca))
    transport = SmtpTransport(
        "localhost",
        port=postfix.port,
        username=postfix.username,
        password=postfix.password,
        tls_context=context,
    )

    signed = attrs.evolve(campaign(people), dkim=BOTH)
    report = signed.send(transport, ledger=tmp_path / "signed.db", lanes=3)

    assert report.accepted == 200
    letters = postfix.delivered(domain, expected=200, patience=60)
    contents = [one.content.replace(b"\n", b"\r\n") for one in letters]
    assert len(contents) == 200
    assert all(dkimpy(one, *BOTH) == [True, True] for one in contents)
    with or_skip():
        assert opendkim(contents, *BOTH) == [[True, True]] * 200
        other = [one.replace(b"your number", b"Your number") for one in contents[:5]]
        assert opendkim(other, *BOTH) == [[False, False]] * 5


def test_large_files_survive_it(postfix, tmp_path):
    """
    One for everybody, and one of each person's own; segments that are never joined.
    """
    domain = "files.example.test"
    own = [
        Attachment.from_bytes(b"%d\n" % n * 45_000, name="own.txt") for n in range(4)
    ]
    rows = [
        Recipient(f"p{n}@{domain}", name=f"N{n}", attachments=[own[n]])
        for n in range(4)
    ]
    shared = Attachment.from_bytes(b"all alike\n" * 20_000, name="Übersicht.txt")
    signed = Campaign(
        name="files",
        sender="news@example.org",
        template=Template("Hi {{ name }}", text=".\n{{ name }}", attachments=[shared]),
        audience=rows,
        dkim=BOTH,
    )
    context = ssl.create_default_context(cafile=str(postfix.ca))
    transport = SmtpTransport("localhost", port=postfix.port, tls_context=context)

    assert signed.send(transport, ledger=tmp_path / "files.db").accepted == 4
    letters = postfix.delivered(domain, expected=4)
    contents = [one.content.replace(b"\n", b"\r\n") for one in letters]
    assert all(dkimpy(one, *BOTH) == [True, True] for one in contents)
    with or_skip():
        assert opendkim(contents, *BOTH) == [[True, True]] * 4


def test_a_letter_in_utf_8_survives_it(postfix, tmp_path):
    """
    A sender outside of ASCII, so that the headers are UTF-8 (SMTPUTF8).
    """
    domain = "utf8.example.test"
    people = audience(tmp_path, 3, domain)
    context = ssl.create_default_context(cafile=str(postfix.ca))
    transport = SmtpTransport("localhost", port=postfix.port, tls_context=context)
    signed = attrs.evolve(
        campaign(people, "utf8"), sender="jürgen@example.org", dkim=BOTH
    )

    assert signed.send(transport, ledger=tmp_path / "utf8.db").accepted == 3
    letters = postfix.delivered(domain, expected=3)
    contents = [one.content.replace(b"\n", b"\r\n") for one in letters]
    assert all("From: jürgen@example.org".encode() in one for one in contents)
    assert all(dkimpy(one, *BOTH) == [True, True] for one in contents)
    with or_skip():
        assert opendkim(contents, *BOTH) == [[True, True]] * 3
