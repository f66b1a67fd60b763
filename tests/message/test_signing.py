"""DKIM signatures: what they cover, and what two other verifiers say of them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from safesend.message.attachment import Attachment
from safesend.message.compose import sign
from safesend.message.letterhead import Letterhead
from safesend.message.signing import SIGNED_ABSENT, is_signed

from .judges import dkimpy, ed25519, rsa
from .letters import SEALED, SEALING, SENDER, URL, compiled, composed, row, sealed

BOTH = rsa(), ed25519()
FILE = Attachment.from_bytes(bytes(range(256)) * 40, name="Übersicht.pdf")
BLANKS = "  Dear  {{ name }},\t\n\n\n .  x \t \n{{ name }}\n\n\n"


def fields(content):
    """The DKIM-Signature fields of a message, unfolded, as tags."""
    block = content.partition(b"\r\n\r\n")[0].decode()
    lines = re.sub(r"\r\n[ \t]+", "", block).split("\r\n")
    values = [line[16:] for line in lines if line.startswith("DKIM-Signature: ")]
    return [dict(tag.strip().split("=", 1) for tag in one.split(";")) for one in values]


def test_the_tags_are_those_of_rfc_6376():
    """
    Relaxed both ways, dated as the message is, no l=, no i=, no x=.
    """
    [one, other] = fields(sealed(compiled(dkim=BOTH)).content)

    assert list(one) == ["v", "a", "c", "d", "s", "t", "h", "bh", "b"]
    assert (one["v"], one["c"], one["d"]) == ("1", "relaxed/relaxed", "example.org")
    assert (one["a"], one["s"]) == ("rsa-sha256", "r2026")
    assert (other["a"], other["s"]) == ("ed25519-sha256", "e2026")
    assert one["t"] == other["t"] == "1795507509"  # 2026-11-24 08:05:09
    assert one["bh"] == other["bh"]


def test_they_stand_before_everything_else():
    """
    The first segment of an envelope is theirs; lines are short.
    """
    envelope = sealed(compiled(dkim=BOTH))
    assert envelope.segments[0].count(b"DKIM-Signature: ") == 2
    assert envelope.segments[1].startswith(b"From: ")
    assert envelope.size == len(envelope.content)
    assert max(map(len, envelope.segments[0].split(b"\r\n"))) <= 78


def test_single_headers_are_signed_once_more_than_they_are_there():
    """
    So that nobody can add another; absent ones once (RFC 6376 section 8.15).
    """
    letter = compiled(
        dkim=[rsa()],
        letterhead=Letterhead(SENDER, unsubscribe=URL),
        headers={
            "X-Tag": "x",
            "List-Id": "<news.example.org>",
            "Feedback-ID": "a:b",
            "Content-Language": "en",
        },
    )
    [tags] = fields(sealed(letter).content)
    names = tags["h"].replace(" ", "").split(":")

    twice = {"from", "to", "subject", "date", "message-id", "mime-version"}
    twice |= {"content-type", "content-transfer-encoding", "content-language"}
    twice |= {"list-unsubscribe", "list-unsubscribe-post", "list-id"}
    once = {"cc", "reply-to", "auto-submitted", "feedback-id"}
    assert {name for name in names if names.count(name) == 2} == twice
    assert {name for name in names if names.count(name) == 1} == once


def test_a_sealed_link_is_signed():
    """
    RFC 8058 section 4: both headers, so that nobody can put in a link of theirs.
    """
    letter = compiled(dkim=[rsa(), ed25519()], letterhead=SEALED)
    content, token = sealed(letter).content, SEALING.token(row().address, "spring")
    for tags in fields(content):
        names = tags["h"].replace(" ", "").split(":")
        assert names.count("list-unsubscribe") == 2
        assert names.count("list-unsubscribe-post") == 2
    other = SEALING.token(row("bob@example.net").address, "spring")
    for old, new in (
        (token, other),
        ("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Clicks"),
    ):
        changed = content.replace(old.encode(), new.encode())
        assert changed != content
        assert dkimpy(changed, rsa(), ed25519()) == [False, False]
    assert dkimpy(content, rsa(), ed25519()) == [True, True]


@pytest.mark.parametrize("first", [True, False], ids=["above", "below"])
def test_a_header_that_somebody_adds_breaks_the_signature(first):
    """
    A second one of what there may be once, or one that was not there: dkimpy says so
    of each of them, wherever it stands. Others may be added, as relays do.
    """
    headers = {"List-Id": "<news.example.org>", "Feedback-ID": "a:b"}
    head = Letterhead(SENDER, unsubscribe=URL)
    letter = compiled(dkim=[rsa()], headers=headers, letterhead=head)
    content = sealed(letter).content
    begin, end = content.index(b"From:"), content.index(b"\r\n\r\n") + 2
    place = begin if first else end

    def added(name):
        return content[:place] + f"{name}: x\r\n".encode() + content[place:]

    for name in (*SIGNED_ABSENT, "List-Id"):
        assert dkimpy(added(name), rsa()) == [False], name
    for name in ("Received", "Return-Path", "X-Own", "Sender", "List-Archive"):
        assert dkimpy(added(name), rsa()) == [True], name


def test_unsubscribe_headers_are_signed_whether_they_are_there_or_not():
    """
    RFC 8058 section 4; and nobody can add a link of theirs.
    """
    [tags] = fields(sealed(compiled(dkim=[rsa()])).content)
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(tags["h"].split(":"))
    assert all(map(is_signed, SIGNED_ABSENT))
    assert not is_signed("X-Tag")
    assert not is_signed("Received")


@pytest.mark.parametrize("attachments", [(), (FILE,)], ids=["alone", "personal"])
@pytest.mark.parametrize(
    "template",
    [
        {"text": BLANKS},
        {"text": "{{ name }}"},
        {"text": "\n\n\n{{ name }}\n\n"},
        {"text": "constant  text\n\n\n"},
        {"html": "<p>\n    {{ name }}\n  x</p>", "text": BLANKS},
        {"text": "{% if name %}" + BLANKS + "{% endif %}"},
        {"text": BLANKS, "attachments": [FILE]},
        {
            "html": '<img src="cid:logo.png">{{ name }}',
            "inline": [Attachment.from_bytes(b"\x89PNG", name="logo.png")],
        },
    ],
    ids=["blanks", "slot", "lines", "same", "two", "logic", "file", "picture"],
)
@pytest.mark.parametrize("name", ["Ada", "Zoë  B.\t", " \n\n . \n ", "x " * 300])
def test_dkimpy_verifies_it(template, name, attachments):
    """
    Both signatures, for letters of every shape and values that are hard to relax.
    """
    recipient = row(name=name, attachments=attachments)
    letter = compiled("Hi", dkim=BOTH, headers={"X-Tag": "a  b"}, **template)
    assert dkimpy(sealed(letter, recipient).content, *BOTH) == [True, True]


def test_headers_of_a_persons_own_are_verified():
    """
    A long subject that is folded, blanks in it, an address that is quoted.
    """
    letter = compiled("Hello  {{ name }} " * 9, dkim=BOTH)
    for name in ("Ada", "a  b", "Zoë" * 20):
        recipient = row('"a  b"@example.net', name=name)
        assert dkimpy(sealed(letter, recipient).content, *BOTH) == [True, True]


def test_a_retry_is_the_same_message():
    """
    Octet for octet, from whichever thread.
    """
    letter = compiled(dkim=BOTH, text=BLANKS)
    rows = [row(f"p{number}@example.net", name="x" * number) for number in range(1, 9)]
    once = [sign(composed(letter, one)).signature.fields for one in rows]
    with ThreadPoolExecutor(4) as threads:
        again = threads.map(lambda one: sign(composed(letter, one)), rows * 10)
        assert [one.signature.fields for one in again] == once * 10


def test_what_nobody_signs_is_as_it_was():
    """
    Signing gives the very same value back.
    """
    message = composed()
    assert sign(message) is message


def test_who_signs_changes_no_fingerprint():
    """
    Another key is no other letter: nobody has to confirm or approve it anew.
    """
    assert compiled(dkim=BOTH).fingerprint == compiled().fingerprint


def test_a_letter_can_be_looked_at_without_its_signatures():
    """
    Everything else is the same.
    """
    signed = compiled(dkim=BOTH)
    plain = signed.unsigned()
    assert sealed(signed).content.endswith(sealed(plain).content)
    assert plain.unsigned() is plain
