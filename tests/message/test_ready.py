"""safesend.message.ready."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AddressError, UnsafeMessage
from safesend.message.ready import ReadyMessage, with_crlf
from safesend.testing.strategies import addresses, hostile_text

PEOPLE = ["ada@x.example", "bo@x.example", "chen@x.example"]
TO = b"To: ada@x.example\r\n"


def _copy(octets: bytes, to: str = "ada@x.example", salt: bytes | None = None) -> bytes:
    return b"".join(ReadyMessage.read(octets).addressed(to, salt))


@pytest.mark.parametrize(
    ("octets", "copy"),
    [
        (b"To: ada@x.example, bo@x.example\r\n\r\nHi", TO + b"\r\nHi"),
        (b"From: n@x\r\nBcc: bo@x.example\r\n\r\n", b"From: n@x\r\n" + TO + b"\r\n"),
        (b"Cc: bo@x.example\r\nTo: zoe@x\r\nA: b\r\n\r\n", TO + b"A: b\r\n\r\n"),
        (b"To: a@x\r\nTo: b@x\r\nTo: ada@x.example\r\n\r\n", TO + b"\r\n"),
        (b"To: undisclosed-recipients:;\r\n\r\n", TO + b"\r\n"),
        (b"To: Ada <ADA@x.example>\r\n\r\n", b"To: Ada <ADA@x.example>\r\n\r\n"),
        (b"To: Ada <ada@x.example>, b@x\r\n\r\n", b"To: Ada <ada@x.example>\r\n\r\n"),
        (b"To: Ada <ada@x.example> (b@x)\r\n\r\n", b"To: Ada <ada@x.example>\r\n\r\n"),
        (b'To: "b@x" <ada@x.example>\r\n\r\n', TO + b"\r\n"),
        (
            b'Cc: b@x, "Nowak, Ada" <ada@x.example>\r\n\r\n',
            b'To: "Nowak, Ada" <ada@x.example>\r\n\r\n',
        ),
        (
            b"To: =?utf-8?q?J=C3=B6?= <ada@x.example>,b@x\r\n\r\n",
            b"To: =?utf-8?b?SsO2?= <ada@x.example>\r\n\r\n",
        ),
        (b"To: =?utf-8?q?b=40x?= <ada@x.example>\r\n\r\n", TO + b"\r\n"),
        (b"X-Bcc: b@x\r\nresent-to: c@x\r\n\r\n", TO + b"\r\n"),
        (b"A: b\r\nbad\r\nBcc: b@x\r\n\r\n", b"A: b\r\nbad\r\n" + TO + b"\r\n"),
        (b"To: b@x, not readable <<\r\n\r\n", TO + b"\r\n"),
        (b"Subject: x\r\nTo: b@x", b"Subject: x\r\nTo: ada@x.example\r\n"),
        (b"To: b@x\r\nSubject: x", b"To: ada@x.example\r\nSubject: x\r\n"),
        (b"A test message", b"A test message"),
        (b"\r\nonly a body\r\nTo: b@x\r\n", b"\r\nonly a body\r\nTo: b@x\r\n"),
        (b"Subject: x\r\n\r\nHi\r\n", b"Subject: x\r\n\r\nHi\r\n"),
        (b"", b""),
    ],
)  # fmt: skip
def test_a_copy_names_its_one_recipient(octets: bytes, copy: bytes) -> None:
    """In the place of To, and only where the message named anybody."""
    assert _copy(octets) == copy


def test_whom_the_fields_named_is_known() -> None:
    """So that the text can be searched for them, and none of them is lost."""
    ready = ReadyMessage.read(
        b"To: Ada <a@x>, b@x\r\nCc: c@x\r\nX-Odoo-Bcc: d@x, a@x\r\nFrom: n@x\r\n\r\n"
    )
    assert ready.named == ("a@x", "b@x", "c@x", "d@x")
    assert [one.address for one in ready.people] == ["a@x", "b@x", "c@x"]
    assert ready.values(b"from") == [b"n@x"]
    assert "@" not in repr(ready)


def test_the_body_is_one_object_for_everybody() -> None:
    """What is the same is not copied."""
    ready = ReadyMessage.read(b"To: a@x, b@x\r\n\r\n" + b"x" * 100_000)
    assert ready.addressed("a@x")[1] is ready.addressed("b@x")[1]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_any_line_end_becomes_crlf(end: bytes) -> None:
    """A lone CR or LF is how one message is smuggled inside another."""
    octets = b"To: b@x" + end + b"Bcc: c@x" + end + end + b"a" + end + b"." + end
    assert _copy(octets) == b"To: ada@x.example\r\n\r\na\r\n.\r\n"


def test_octets_that_are_right_are_not_copied() -> None:
    """CRLF throughout: the same object."""
    octets = b"a\r\nb\r\n"
    assert with_crlf(octets) is octets
    assert with_crlf(b"a\rb\nc\r\n\r") == b"a\r\nb\r\nc\r\n\r\n"


def test_a_nul_is_refused() -> None:
    """No server agrees with another on what it means."""
    with pytest.raises(UnsafeMessage, match="NUL"):
        ReadyMessage.read(b"Subject: x\r\n\r\n\0")


@pytest.mark.parametrize(
    "field",
    [b"Subject: =?utf-8?Q?=0A?=Bcc: e@x", b"X-Note: =?utf-8?B?CkJjYzogeA==?="],
)
def test_an_encoded_line_break_is_refused(field: bytes) -> None:
    """CVE-2024-6923: some writer on the way makes a field of it."""
    with pytest.raises(UnsafeMessage, match="encoded word"):
        ReadyMessage.read(field + b"\r\n\r\n")


@pytest.mark.parametrize("to", ["a@x, b@x", "Ada <a@x>", "a@x\r\nBcc: b@x", "", "a b"])
def test_only_one_mailbox_is_taken(to: str) -> None:
    """Nothing else could be written into To."""
    with pytest.raises(AddressError):
        ReadyMessage.read(b"To: a@x\r\n\r\n").addressed(to)


def test_copies_have_message_ids_of_their_own() -> None:
    """With a salt, and only then; the right side stays (L14)."""
    octets = b"Message-ID: <1.host@x.example>\r\nTo: a@x\r\n\r\n"
    assert b"<1.host@x.example>" in _copy(octets)
    copies = {_copy(octets, to, b"salt") for to in PEOPLE for _ in range(2)}
    ids = [re.search(rb"<([0-9a-f]{32})@x\.example>", copy) for copy in copies]
    assert len({found[1] for found in ids if found}) == len(PEOPLE) == len(copies)


def test_an_id_that_is_none_stays() -> None:
    """There is nothing to put another in the place of."""
    octets = b"Message-ID: strange\r\nTo: ada@x.example\r\n\r\n"
    assert _copy(octets, salt=b"salt") == octets


def test_a_signature_that_holds_no_more_goes() -> None:
    """RFC 6376: it covers To."""
    signed = b"DKIM-Signature: v=1; h=to\r\nTo: ada@x.example\r\n\r\n"
    assert _copy(signed) == signed
    assert _copy(signed, "bo@x.example") == b"To: bo@x.example\r\n\r\n"


def test_a_reused_object_shows_nobody() -> None:
    """The loop that appends one To after another to the same object."""
    message = MIMEText("hello")
    for person in PEOPLE:
        message["To"] = person
        copy = message_from_bytes(_copy(message.as_bytes(), person))
        assert copy.get_all("To") == [person]


@given(
    st.lists(addresses("x.example"), min_size=2, max_size=5, unique_by=str.lower),
    st.sampled_from(["To", "Cc", "Bcc", "X-Bcc", "Apparently-To", "Resent-To"]),
    hostile_text(),
    st.booleans(),
)
def test_no_copy_names_anybody_else(
    people: list[str], field: str, text: str, keep: bool
) -> None:
    """Whatever stands where: a standard reader finds one To and no other person."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "news@y.example"
    message[field] = ", ".join(people)
    if keep and field != "To":
        message["To"] = people[0]
    message.set_content(text.encode("utf-8", "replace").decode())
    if "\0" in text:
        return
    for person in people:
        copy = _copy(message.as_bytes(), person)
        seen = message_from_bytes(copy, policy=policy.default)
        assert [one.addr_spec.lower() for one in seen["To"].addresses] == [
            person.lower()
        ]
        assert not {"Cc", "Bcc", "X-Bcc", "Apparently-To", "Resent-To"} & {*seen.keys()}


@given(st.binary(max_size=300))
def test_any_octets_are_taken_or_refused(octets: bytes) -> None:
    """It never fails in another way, and a copy is for one."""
    try:
        block, body = ReadyMessage.read(octets).addressed("ada@x.example")
    except UnsafeMessage:
        return
    content = block + body
    assert with_crlf(content) == content
    assert not re.search(rb"(?im)^(?:b?cc|resent-to) *:", block)
