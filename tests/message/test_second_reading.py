"""Tests of the second reading: what it sees that is not what was meant."""

from __future__ import annotations

import re

import pytest

from safesend.message.attachment import Attachment
from safesend.message.letterhead import Letterhead
from safesend.message.second_reading import reread

from .judges import ed25519, rsa
from .letters import SENDER, URL, compiled, row, sealed

OWN = Attachment.from_bytes(bytes(range(256)), name="Maß.bin")
LETTER = compiled(
    "Grüße {{ name }}",
    text="{{ name }} {{ unsubscribe_url }}\n",
    html="<p>{{ name }}</p>\n",
    headers={"X-Tag": "{{ name }}"},
    letterhead=Letterhead(SENDER, unsubscribe=URL),
)
ROW = row(name="Zoë", attachments=[OWN])


def tampered(change, letter=LETTER, recipient=ROW):
    """An envelope such as seal would never make."""
    envelope = sealed(letter, recipient)
    content = change(envelope.content)
    assert content != envelope.content
    object.__setattr__(envelope, "segments", (content,))
    return envelope


def checks(change, letter=LETTER, recipient=ROW):
    leaks = reread(tampered(change, letter, recipient), letter, recipient)
    assert all(leak.row == "members.csv:17" for leak in leaks)
    assert "@" not in str(leaks)
    return {leak.check for leak in leaks}


@pytest.mark.parametrize(
    "recipient",
    [ROW, row(name="x"), row("jürgen@bücher.example", name="a" * 400), row(name=17)],
)
def test_a_good_message_has_no_leaks(recipient):
    """
    With files and without, with SMTPUTF8 and long values.
    """
    assert reread(sealed(LETTER, recipient), LETTER, recipient) == []


@pytest.mark.parametrize("text", ["{{ name }}", "a\n", "{% if name %}a{% endif %}"])
def test_a_text_alone_is_read_as_it_was_meant(text):
    """
    The line end at the end of the message is nobody's.
    """
    letter = compiled(text=text)

    assert reread(sealed(letter), letter, row()) == []


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        (b"Subject: ", b"Bcc: e@x.org\r\nSubject: ", "I6"),
        (b"To: ada@example.net", b"To: eve@example.com", "I2"),
        (b"To: ada@example.net", b"To: ada@example.net, eve@example.com", "I2"),
        (b"Message-ID: <", b"Message-ID: <x", "I7"),
        (b"Subject: =?utf-8?b?R3LD", b"Subject: =?utf-8?b?R3LE", "I6"),
        (b"X-Tag: =?utf-8?q?Zo", b"X-Tag: =?utf-8?q?Ze", "I6"),
        (b"<p>", b"<b>", "I6"),
        (b"text/html", b"text/htmx", "I6"),
        (b"AAECAwQF", b"AAECAwQG", "L22"),
        (b"Ma%C3%9F.bin", b"Ma%C3%9E.bin", "L22"),
        (b"application/octet-stream", b"application/pdf", "L22"),
        (b"Content-Disposition: attachment", b"Content-Disposition: inline;;=", "I6"),
        (b"\r\n\r\n--=_", b"\r\n\r\nAll: eve\r\n--=_", "I6"),
        (b"Subject: ", b"Subject: \r\nSubject: ", "I6"),
        (b"\r\n", b"\n", "I5"),
        (b"<p>", b"\0", "I5"),
        (b"<p>", b"x" * 999, "I5"),
    ],
)
def test_a_changed_message_is_seen(old, new, check):
    """
    Each change breaks a named rule.
    """
    assert check in checks(lambda content: content.replace(old, new, 1))


def test_the_parser_sees_the_intended_headers_too():
    """
    A line that is no header ends the block for the parser, not for a simple scanner.
    """
    letter = compiled()
    envelope = sealed(letter)
    broken = envelope.content.replace(b"Date: ", b"Date : ", 1)
    object.__setattr__(envelope, "segments", (broken,))

    assert {leak.check for leak in reread(envelope, letter, row())} == {"I6"}


def test_a_message_ends_with_a_line_end():
    """
    Otherwise what the wire adds would become part of it.
    """
    assert checks(lambda content: content[:-2]) == {"I5"}


def test_a_missing_part_is_seen():
    """
    A message that ends early has fewer parts, or none that can be read.
    """
    assert "I6" in checks(lambda content: content[: content.index(b"<p>")] + b"\r\n")


def test_parts_are_counted():
    """
    A part too many is seen though all others are as they should be.
    """

    def doubled(content):
        start = content.rindex(b"\r\n--=_", 0, content.index(b"Content-Type: app")) + 2
        end = content.rindex(b"--=_")
        return content[:end] + content[start:end] + content[end:]

    assert checks(doubled) == {"I6"}


def test_another_recipient_is_seen():
    """
    The envelope's own address counts as well.
    """
    envelope = sealed(LETTER, ROW)
    eve = row("eve@example.com", name="Zoë", attachments=[OWN])

    assert {leak.check for leak in reread(envelope, LETTER, eve)} == {"I2"}


def test_what_the_parser_cannot_read_is_a_leak():
    """
    An exception of the parser refuses the message; it does not pass.
    """
    broken = row("jürgen@example.net", name="Zoë", attachments=[OWN])

    found = checks(lambda c: c.replace(b"<p>", b"\xff\xff"), LETTER, broken)

    assert found == {"I6"}


@pytest.mark.parametrize(
    ("new", "check"),
    [
        (b"Once: 1234\r\n", {"I7"}),
        (b"Once: \r\n", {"I7"}),
        (b"Bcc: ", {"I6"}),
        (b"", {"I6"}),
    ],
)
def test_the_key_for_the_relay_is_opaque(new, check):
    """
    Nothing else stands in its header, which is there once.
    """
    letter = compiled(idempotency="X-Once")
    again = re.compile(rb"Once: [0-9a-f]+\r\n")

    assert reread(sealed(letter), letter, row()) == []
    assert checks(lambda text: again.sub(new, text), letter, row()) == check


SIGNED = compiled(dkim=[rsa(), ed25519()])


def test_signatures_are_verified():
    """
    In the finished octets, by what knows nothing of how they were made.
    """
    for recipient in (row(), row(attachments=[OWN], name="  Zoë  ")):
        assert reread(sealed(SIGNED, recipient), SIGNED, recipient) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.replace(b"\r\n b=", b"\r\n b=AAAA", 1),
        lambda c: c.replace(b"bh=", b"bh=A", 1),
        lambda c: c.replace(b"s=r2026", b"s=r2027"),
        lambda c: c[c.index(b"From:") :],
        lambda c: c[c.index(b"DKIM-Signature", 5) :],
    ],
)
def test_a_signature_that_does_not_verify_is_told(change):
    """
    By the name of its key; also where one is missing.
    """
    assert checks(change, SIGNED, row()) == {"I6"}
