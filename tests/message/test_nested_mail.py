"""safesend.message.nested_mail."""

from __future__ import annotations

import base64
import quopri
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import UnsafeMessage
from safesend.message.nested_mail import (
    may_be_mail,
    may_hold_mail,
    without_recipients,
)

OLD = (
    b"From: ada@x.example\r\nTo: bo@x.example\r\nCc: Chen <chen@x.example>\r\n"
    b"Bcc: dan@x.example,\r\n eve@x.example\r\nX-Odoo-Bcc: fay@x.example\r\n"
    b"Subject: Old\r\n\r\nTo: stays, this is text\r\n"
)
CLEAN = b"From: ada@x.example\r\nSubject: Old\r\n\r\nTo: stays, this is text\r\n"
NAMED = [
    "bo@x.example",
    "chen@x.example",
    "dan@x.example",
    "eve@x.example",
    "fay@x.example",
]


def _holding(part: bytes, kind: bytes = b"mixed") -> bytes:
    return (
        b'Subject: New\r\nContent-Type: multipart/%b;\r\n boundary="b 1"\r\n\r\n'
        b"preamble\r\n--b 1\r\n\r\nhello\r\n--b 1 \r\n%b\r\n--b 1--\r\nepilogue\r\n"
        % (kind, part)
    )


def test_an_attached_mail_loses_its_recipients() -> None:
    """All else stays octet for octet."""
    head = b"Content-Type: message/rfc822\r\n\r\n"
    assert without_recipients(_holding(head + OLD)) == (_holding(head + CLEAN), NAMED)


def test_a_part_loses_recipient_fields_of_its_own() -> None:
    """Some programs attach a mail without saying that it is one."""
    assert without_recipients(_holding(OLD)) == (_holding(CLEAN), NAMED)


def test_mails_in_mails_lose_theirs() -> None:
    """Three deep."""
    head = b"Content-Type: message/rfc822\r\n\r\n"
    deep, clean = OLD, CLEAN
    for _ in range(3):
        deep, clean = _holding(head + deep), _holding(head + clean)
    assert without_recipients(deep) == (clean, NAMED)


def test_a_digest_holds_mails_without_saying_so() -> None:
    """RFC 2046 section 5.1.5: its parts are mails by default."""
    assert without_recipients(_holding(b"\r\n" + OLD, b"digest")) == (
        _holding(b"\r\n" + CLEAN, b"digest"),
        NAMED,
    )


@pytest.mark.parametrize("coding", ["base64", "quoted-printable"])
def test_an_encoded_mail_is_opened(coding: str) -> None:
    """It should not be encoded (RFC 2046 section 5.2.1), and often is."""
    encode = base64.encodebytes if coding == "base64" else quopri.encodestring
    octets = encode(OLD.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    head = (
        f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {coding}\r\n\r\n"
    )
    found, named = without_recipients(_holding(head.encode() + octets))
    assert named == NAMED
    part = list(message_from_bytes(found, policy=policy.default).walk())[2]
    assert part.get_content_type() == "message/rfc822"
    assert b"x.example" not in found.replace(b"ada@x.example", b"")


def test_the_head_of_a_mail_that_came_back_loses_them() -> None:
    """RFC 6522: a report shows the fields of the mail that it is about."""
    head = b"Content-Type: text/rfc822-headers\r\n\r\n"
    fields, _, _ = OLD.partition(b"\r\n\r\n")
    clean, _, _ = CLEAN.partition(b"\r\n\r\n")
    found, named = without_recipients(_holding(head + fields + b"\r\n"))
    assert (found, named) == (_holding(head + clean + b"\r\n"), NAMED)


def test_nothing_to_take_out_is_the_same_object() -> None:
    """So that the body of a large message is shared."""
    head = b"Content-Type: message/rfc822\r\n\r\n"
    entity = _holding(head + CLEAN)
    assert without_recipients(entity)[0] is entity


def test_what_is_signed_is_refused() -> None:
    """Taking a field out would break the signature."""
    head = b"Content-Type: message/rfc822\r\n\r\n"
    with pytest.raises(UnsafeMessage, match="signed"):
        without_recipients(_holding(head + OLD, b"signed"))


def test_a_signed_mail_without_recipients_passes() -> None:
    """There is nothing to change."""
    head = b"Content-Type: message/rfc822\r\n\r\n"
    entity = _holding(head + CLEAN, b"signed")
    assert without_recipients(entity) == (entity, [])


def test_parts_without_end_are_refused() -> None:
    """Forty deep is no mail that anybody wrote."""
    deep = OLD
    for number in range(60):
        deep = (
            b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n"
            % (number, number)
        ) + deep
    with pytest.raises(UnsafeMessage, match="parts inside of parts"):
        without_recipients(deep)


@pytest.mark.parametrize("kind", ["compat32", "default"])
def test_what_the_standard_library_attaches_is_found(kind: str) -> None:
    """In both of its styles."""
    old = message_from_bytes(OLD, policy=policy.default)
    if kind == "default":
        new = EmailMessage()
        new.set_content("hello")
        new.add_attachment(old)
    else:
        new = MIMEMultipart()
        new.attach(MIMEMessage(message_from_bytes(OLD)))
    octets = new.as_bytes(policy=new.policy.clone(linesep="\r\n"))
    assert may_hold_mail(octets)
    found, named = without_recipients(octets)
    assert sorted(named) == NAMED
    for address in NAMED:
        assert address.encode() not in found


def test_most_messages_are_not_gone_through() -> None:
    """A quick look is enough for them."""
    assert not may_hold_mail(b"Content-Type: text/plain\r\n\r\nhello")
    assert may_hold_mail(b"Content-Type: MESSAGE/Rfc822\r\n\r\nTo: x@y\r\n")


@pytest.mark.parametrize(
    "entity",
    [
        b"Content-Type: multipart/mixed\r\n\r\n--\r\n",
        b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n',
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n@@@",
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: x\r\n\r\nz",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: message/rfc822",
        b"Content-Type:\r\n\r\nmessage/",
    ],
)
def test_broken_structures_stay_as_they_are(entity: bytes) -> None:
    """They are judged by what is read in them, later."""
    assert without_recipients(entity) == (entity, [])


@pytest.mark.parametrize("depth", [5, 38])
def test_two_boundaries_a_level_are_not_two_ways_a_level(depth: int) -> None:
    """Each part could be read twice as often as the one round it: that has an end."""
    inner = b"Bcc: bo@y.example\r\n\r\nHi\r\n"
    for level in range(depth):
        marks = b"boundary=a%d; boundary=b%d" % (level, level)
        head = b"Content-Type: multipart/mixed; " + marks + b"\r\n\r\n"
        inner = head + b"--a%d\r\n--b%d\r\n" % (level, level) + inner
    begun = time.process_time()
    if depth > 10:
        with pytest.raises(UnsafeMessage, match="too many ways"):
            without_recipients(inner)
    else:
        assert b"bo@y" not in without_recipients(inner)[0]
    assert time.process_time() - begun < 20


def test_as_many_boundaries_as_there_are_lines_have_an_end() -> None:
    """Each of them would be looked for in all of the message."""
    marks = b"".join(b"boundary=b%d;\r\n " % number for number in range(50_000))
    mail = b"Content-Type: multipart/mixed; " + marks + b"x=y\r\n\r\n" + b"x" * 10**6
    with pytest.raises(UnsafeMessage, match="too many ways"):
        without_recipients(mail)


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: text/rfc822-headers\r\n\r\n",
        b"Content-Type:\r\n MESSAGE/global\r\n",
        b"\r\n--b\r\n",
        *(b"X-To-List: a@b.example\r\n", b"Bcc : a@b.example\r\n", b"To: a\r\n b\r\n"),
        *(b"Resent-Sender: x\r\n", b"Subject: x\r\n", b"to be", b"x: y", b"\r\n"),
        *(b"message", b"/", b"digest", b"bcc", b"-to", b":", b" ", b"To"),
    ]
)


@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_where_the_quick_look_says_no_nothing_would_be_found(octets: bytes) -> None:
    """So that it may stand in for the way through the parts."""
    if not may_hold_mail(octets):
        assert without_recipients(octets) == (octets, [])


def test_a_block_says_that_a_mail_follows() -> None:
    """By its media type; the word alone says nothing."""
    assert may_be_mail(b"Content-Type: multipart/Digest; boundary=b\r\n")
    assert not may_be_mail(b"Subject: the digest of this message\r\n")


def test_a_part_that_has_an_odd_recipient_field_loses_it() -> None:
    """Though nothing else says that it is a mail."""
    part = b"X-To-List: bo@x.example\r\n\r\nhello\r\n"
    entity = _holding(part)
    assert may_hold_mail(entity)
    assert without_recipients(entity) == (_holding(b"\r\nhello\r\n"), ["bo@x.example"])
