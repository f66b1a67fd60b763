"""Message objects: of old and new kind, parsed and made, in order and hostile."""

from __future__ import annotations

import email
from email import policy
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.smtplib import extraction

ADA, BO, CHEN = "ada@example.org", "bo@example.com", "chen@example.net"


def _message(kind: type[Any] = EmailMessage, **fields: object) -> Any:
    message = kind()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


@pytest.mark.parametrize("kind", [EmailMessage, Message])
def test_recipients_stand_in_to_bcc_and_cc(kind: type[Any]) -> None:
    """In this order, as in the standard; an empty field names nobody (gh-113658)."""
    message = _message(kind, To=f'"Last, First" <{ADA}>', Cc=BO, Bcc=f"team: {CHEN};")
    assert extraction.recipients_of(message) == [ADA, CHEN, BO]
    assert extraction.recipients_of(_message(kind, To=ADA, Cc="")) == [ADA]
    assert extraction.recipients_of(_message(kind)) == []


def test_encoded_and_folded_fields_are_read() -> None:
    """Header objects, parsed octets, names that are not ASCII, folds in a list."""
    made = _message(Message, To=Header(f"Zoë <{ADA}>", "utf-8", header_name="To"))
    with pytest.raises(ValueError, match="header To cannot be read"):
        extraction.recipients_of(made)  # the address itself is in an encoded word
    octets = (
        b"To: =?utf-8?q?Zo=C3=AB=2C?= <ada@example.org>,\r\n bo@example.com\r\n\r\nx"
    )
    for rules in (policy.default, policy.compat32):
        parsed = email.message_from_bytes(octets, policy=rules)
        assert extraction.recipients_of(parsed) == [ADA, BO]
    assert extraction.recipients_of(_message(To=f"Zoë <{ADA}>")) == [ADA]


@pytest.mark.parametrize("field", ["To", "Cc", "Bcc"])
def test_a_field_twice_is_refused_with_what_to_do(field: str) -> None:
    """An object that is used again gets one more each time (L18)."""
    message = Message()
    message[field], message[field] = ADA, BO
    message[field.upper()] = CHEN
    with pytest.raises(ValueError, match=rf"3 {field} fields.*del msg\['{field}'\]"):
        extraction.recipients_of(message)


@pytest.mark.parametrize(
    "value",
    [
        "ada@example.org]<bo@example.com>",
        "ada@example.org; bo@example.com",
        "Ada Nowak ada@example.org",
        "team: ada@example.org",
        '"bo@example.com',
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(value: str) -> None:
    """No guess is made, and no address is in the text of the error."""
    with pytest.raises(ValueError, match="cannot be read in one way") as refused:
        extraction.recipients_of(_message(Message, To=value))
    assert "@example" not in str(refused.value)


def test_the_sender_is_sender_or_else_the_first_in_from() -> None:
    """As in the standard."""
    both = _message(Message, From=f"{BO}, {CHEN}", Sender=f"Ada <{ADA}>")
    assert extraction.sender_of(both, "") == ADA
    assert extraction.sender_of(_message(Message, From=f"{BO}, {CHEN}"), "") == BO
    with pytest.raises(ValueError, match="no From"):
        extraction.sender_of(_message(), "")


def test_a_message_that_is_sent_on_has_its_own_block() -> None:
    """One Resent block counts, several are refused."""
    message = _message(Message, To=BO, Resent_To=ADA, Resent_From=CHEN)
    assert extraction.block_prefix(message) == ""
    message["Resent-Date"] = "Thu, 1 Jan 1970 17:42:00 +0000"
    prefix = extraction.block_prefix(message)
    assert extraction.recipients_of(message, prefix) == [ADA]
    assert extraction.sender_of(message, prefix) == CHEN
    message["Resent-Date"] = "Thu, 2 Jan 1970 17:42:00 +0000"
    with pytest.raises(ValueError, match="more than one"):
        extraction.block_prefix(message)


def test_blind_people_are_named_as_far_as_they_can_be_read() -> None:
    """What cannot be read is not sent either."""
    message = _message(Message, Bcc=ADA, Resent_Bcc=BO)
    assert extraction.named_in(message) == [ADA, BO]
    assert extraction.named_in(_message(Message, Bcc="a b c")) == []


BREAKS = [
    "a\nBcc: eve@example.com",
    "a\r\nBcc: eve@example.com",
    "a\rBcc: eve@example.com",
    "a\n",
    "a\n \nBcc: eve@example.com",
    "a\r\n\t\r\n b",
    "a\0b",
    "=?utf-8?q?a=0D=0ABcc=3A_eve=40example=2Ecom?=",
    "=?utf-8?b?YQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
    "=?utf-8?q?a=0A?=",
]


@pytest.mark.parametrize("value", BREAKS)
def test_a_line_end_in_a_header_is_found(value: str) -> None:
    """Bare, folded oddly, or in an encoded word; the header is named (L11)."""
    with pytest.raises(ValueError, match="header Subject"):
        extraction.check_headers(_message(Message, Subject=value))


@pytest.mark.parametrize("value", BREAKS)
def test_a_line_end_in_a_part_is_found(value: str) -> None:
    """A file name is written as it is by old kinds of messages (gh-100612)."""
    whole, part = MIMEMultipart(), MIMEBase("text", "plain")
    part.add_header("Content-Disposition", f'attachment; filename="{value}"')
    whole.attach(part)
    with pytest.raises(ValueError, match="header Content-Disposition"):
        extraction.check_headers(whole)


def test_a_name_that_is_no_name_is_found() -> None:
    """A header's name may hold neither a blank nor a line end."""
    message = Message()
    message["X\r\nBcc: eve@example.com\r\nY"] = "x"
    with pytest.raises(ValueError, match="name that is none"):
        extraction.check_headers(message)


@pytest.mark.parametrize(
    "value", ["a\n b", "a\r\n\tb", "=?utf-8?q?caf=C3=A9?=", "é", "a: b"]
)
def test_folds_and_encoded_words_are_fine(value: str) -> None:
    """What a reader puts together again to one value is one."""
    extraction.check_headers(_message(Message, Subject=value))


def test_the_object_is_written_as_the_standard_does() -> None:
    """CRLF line ends, no blind copies, everything else; the object stays as it is."""
    message = _message(MIMETextX, To=ADA, Bcc=BO, Resent_Bcc=BO, Subject="x" * 200)
    octets = extraction.octets_of(message, international=False)
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert b"bcc" not in octets.lower()
    assert message["Bcc"] == BO
    eight = EmailMessage()
    eight["Subject"] = "Zoë"
    eight.set_content("Zoë\n", cte="8bit")
    assert "Subject: Zoë".encode() in extraction.octets_of(eight, international=True)
    assert b"=?utf-8" in extraction.octets_of(eight, international=False)


def MIMETextX() -> MIMEText:  # noqa: N802 - stands where a class does
    """A text of the old kind."""
    return MIMEText("x\n")


class _Growing(Message):
    """An object that is written with a field more than it has."""

    def __copy__(self) -> Any:
        twin = _Growing()
        twin["Subject"] = "a"
        return twin

    def get_payload(self, *_: Any, **__: Any) -> Any:
        return "x"

    def items(self) -> Any:
        return [*super().items(), ("X-Bcc", "eve@example.com")]

    def raw_items(self) -> Any:
        return iter(self.items())


def test_a_field_that_appears_when_it_is_written_is_found() -> None:
    """Old versions of Python write some values so (CVE-2024-6923, CVE-2026-1299)."""
    with pytest.raises(ValueError, match="other headers"):
        extraction.octets_of(_Growing(), international=False)


@given(st.lists(st.text("ab\r\n \t:=?q_0A", max_size=12), min_size=1, max_size=3))
def test_no_value_ever_becomes_a_field(values: list[str]) -> None:
    """Refused, or written with exactly the fields that were meant."""
    message = Message()
    for number, value in enumerate(values):
        message[f"X-{number}"] = value
    try:
        extraction.check_headers(message)
        octets = extraction.octets_of(message, international=False)
    except (ValueError, email.errors.HeaderParseError):
        return
    parsed = email.message_from_bytes(octets)
    assert parsed.keys() == message.keys()
