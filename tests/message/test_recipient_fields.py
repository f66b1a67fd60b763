"""safesend.message.recipient_fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.message.recipient_fields import (
    addresses_in,
    fields_of,
    may_tell,
    names_in,
    names_people,
    split_head,
)

PEOPLE = [
    "to",
    "cc",
    "bcc",
    "TO",
    "Bcc",
    "resent-to",
    "resent-cc",
    "Resent-Bcc",
    "resent-from",
    "resent-date",
    "apparently-to",
    "delivered-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-rcptto",
    "x-original-to",
    "x-bcc",
    "X-Odoo-Bcc",
    "x-cc",
    "x-recipient",
    "x-recipients",
    "mail-followup-to",
    "original-recipient",
    "final-recipient",
    "x-to",
    "x_bcc",
    "X-Bcc-List",
    "x-forwarded-to",
    "bcc-original",
]
OTHERS = [
    "from",
    "sender",
    "reply-to",
    "in-reply-to",
    "references",
    "subject",
    "date",
    "message-id",
    "received",
    "return-path",
    "errors-to",
    "x-errors-to",
    "disposition-notification-to",
    "return-receipt-to",
    "list-unsubscribe",
    "list-id",
    "content-type",
    "mime-version",
    "x-auto-response-suppress",
    "dkim-signature",
    "x-confirm-reading-to",
    "x-mailer",
    "auto-submitted",
    "precedence",
    "importance",
    "list-post",
    "mail-reply-to",
    "x-report-abuse-to",
    "content-disposition",
    "accept",
]


def _name(octets: bytes) -> bytes:
    [field] = fields_of(octets)
    return field.name


@pytest.mark.parametrize("name", PEOPLE)
def test_fields_that_tell_who_gets_it(name: str) -> None:
    """To, Cc and Bcc, their forerunners and their twins, in any case of letters."""
    assert names_people(_name(f"{name}: x@y\r\n".encode()))


@pytest.mark.parametrize("name", OTHERS)
def test_fields_that_do_not(name: str) -> None:
    """Where an answer goes, and what has nothing to do with people."""
    assert not names_people(_name(f"{name}: x@y\r\n".encode()))


def test_folds_belong_to_their_field() -> None:
    """A continued list is one field, and its value is unfolded."""
    block = b"Bcc : a@x,\r\n b@x,\r\n\tc@x\r\nSubject: y\r\n"
    bcc, subject = fields_of(block)
    assert (bcc.name, bcc.value) == (b"bcc", b"a@x, b@x,\tc@x")
    assert subject.octets == b"Subject: y\r\n"


def test_a_line_that_is_no_field_hides_nothing() -> None:
    """What follows it is still looked at: some readers pass such lines over."""
    block, _ = split_head(b"Subject: x\r\ngarbage\r\nBcc: b@x\r\n\r\nbody")
    assert [field.name for field in fields_of(block)] == [b"subject", b"", b"bcc"]


@pytest.mark.parametrize(
    ("entity", "block"),
    [
        (b"A: b\r\n\r\nbody", b"A: b\r\n"),
        (b"A: b\r\n", b"A: b\r\n"),
        (b"\r\nbody\r\n\r\nmore", b""),
        (b"", b""),
        (b"only text", b"only text"),
    ],
)
def test_the_block_ends_at_the_first_empty_line(entity: bytes, block: bytes) -> None:
    """Nothing is lost: both halves together are the entity."""
    assert split_head(entity)[0] == block
    assert b"".join(split_head(entity)) == entity


@given(st.lists(st.sampled_from([b"a:", b"To : x", b" y", b"\t", b"\r\n", b"z"])))
def test_fields_joined_are_the_block(pieces: list[bytes]) -> None:
    """Not one octet is added or lost."""
    block = b"".join(pieces)
    assert b"".join(field.octets for field in fields_of(block)) == block


def test_addresses_are_found_in_any_form() -> None:
    """Brackets, commas and comments round them do not matter."""
    value = b'"A" <a@x.example>,b@y.example (c@z.example); d@w.example'
    assert addresses_in(value) == [
        "a@x.example",
        "b@y.example",
        "c@z.example",
        "d@w.example",
    ]


def test_the_names_of_all_lines_that_may_be_fields() -> None:
    """Of whatever part, with blanks before the colon as well; as they are written."""
    octets = b"First: a\r\nTo : b\r\n folded: c\r\nno field: d\r\n\r\nX_Bcc:e\r\n:\r\n"
    assert names_in(octets) == [b"To", b"X_Bcc"]
    assert names_in(b"\n" + octets) == [b"First", b"To", b"X_Bcc"]
    assert [may_tell(name) for name in (b"First", b"To", b"X_Bcc")] == [0, 1, 1]


@given(st.lists(st.sampled_from([*PEOPLE, *OTHERS, "a b", "", "x\x01"])))
def test_the_names_are_those_of_the_fields(names: list[str]) -> None:
    """What is told by a name alone is what is told by the whole field."""
    block = b"".join(name.encode() + b": x\r\n" for name in names)
    telling = [field for field in fields_of(block) if names_people(field.name)]
    assert len(telling) == sum(map(may_tell, names_in(b"\n" + block)))
