"""safesend.scanner.private: privatize, and the people of one sending."""

from __future__ import annotations

import io
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import safesend
from safesend.errors import AddressError, UnsafeMessage
from safesend.message.ready import ReadyMessage
from safesend.scanner.private import Company, octets_of, privatize
from safesend.testing.strategies import addresses

PEOPLE = ["ada@x.example", "bo@y.example", "chen@z.example"]


def _message(text: str = "Do come!\n", **fields: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "The choir <choir@example.org>"
    message["To"] = ", ".join(PEOPLE)
    message["Subject"] = "Concert"
    message["Message-ID"] = "<1@example.org>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_each_person_gets_an_envelope() -> None:
    """In their order, and none names another."""
    envelopes = list(safesend.privatize(_message(Cc="dan@w.example"), PEOPLE))
    assert [one.recipient.wire for one in envelopes] == PEOPLE
    assert {one.sender for one in envelopes} == {"choir@example.org"}
    assert len({one.message_id for one in envelopes}) == len(PEOPLE)
    assert len({one.row for one in envelopes}) == len(PEOPLE)
    for one in envelopes:
        own = one.recipient.wire
        assert safesend.inspect(one.content, recipient=own, audience=PEOPLE) == []
        assert one.size == len(one.content)
        assert own not in repr(one)


def test_one_person_keeps_the_message_id() -> None:
    """There is nobody to share it with."""
    [only] = privatize(_message(), ["ada@x.example"])
    assert only.message_id == "<1@example.org>"


@pytest.mark.parametrize(
    "message",
    [
        _message().as_bytes(),
        _message().as_string(),
        _message(),
        MIMEText("Do come!", _charset="utf-8"),
    ],
)
def test_a_message_comes_in_any_form(message: bytes | str | EmailMessage) -> None:
    """Octets, text, and both kinds of objects."""
    sender = "bounces@example.org"
    for one in privatize(message, PEOPLE, sender=sender):
        assert one.sender == sender
        seen = message_from_bytes(one.content, policy=policy.default)
        assert "come" in seen.as_string() or "RG8gY29tZSE" in seen.as_string()


def test_the_sender_field_goes_before_from() -> None:
    """RFC 5322 section 3.6.2."""
    [one] = privatize(_message(Sender="office@example.org"), PEOPLE[:1])
    assert one.sender == "office@example.org"


def test_without_a_sender_nothing_is_made() -> None:
    """Bounces would go nowhere."""
    with pytest.raises(AddressError, match="give sender="):
        privatize(b"Subject: x\r\n\r\nHi\r\n", PEOPLE)


@pytest.mark.parametrize("people", [["a@x, b@x"], ["no address"], [PEOPLE[0]] * 2])
def test_recipients_are_single_and_different(people: list[str]) -> None:
    """Two copies for one person are an error of the list."""
    with pytest.raises(AddressError):
        privatize(_message(), people)


def test_a_single_text_is_no_list() -> None:
    """Its letters would be taken for people."""
    with pytest.raises(AddressError, match="list"):
        privatize(_message(), "ada@x.example")


@pytest.mark.parametrize(
    "text",
    [
        "Ask bo@y.example about it.\n",
        "Ask BO(at)y.example.\n",
        "All of us: ada@x.example, dan@w.example\n",
    ],
)
def test_a_text_that_names_one_of_them_is_refused(text: str) -> None:
    """Also the first, also somebody whom only a field named, also in disguise."""
    with pytest.raises(UnsafeMessage) as caught:
        privatize(_message(text, Bcc="dan@w.example"), PEOPLE)
    assert {leak.check for leak in caught.value.leaks} == {"I3"}
    assert "bo@y" not in str(caught.value).lower()


def test_their_own_address_may_stand_in_it() -> None:
    """There is nobody else."""
    message = _message("You are ada@x.example.\n")
    message.replace_header("To", "ada@x.example")
    assert len(list(privatize(message, PEOPLE[:1]))) == 1


def test_a_public_address_may_stand_in_it() -> None:
    """As for `inspect`."""
    message = _message("Ask bo@y.example.\n")
    assert len(list(privatize(message, PEOPLE, public=["bo@y.example"]))) == len(PEOPLE)


def test_a_list_in_a_sheet_is_found() -> None:
    """Files are opened, in a process of their own."""
    book = openpyxl.Workbook()
    book.create_sheet("x").append(["bo@y.example"])
    book["x"].sheet_state = "hidden"
    octets = io.BytesIO()
    book.save(octets)
    message = _message()
    message.add_attachment(
        octets.getvalue(),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        filename="list.xlsx",
    )
    with pytest.raises(UnsafeMessage, match=r"list\.xlsx"):
        privatize(message, PEOPLE)


def test_a_custom_header_that_names_them_is_refused() -> None:
    """One whose name tells nothing."""
    with pytest.raises(UnsafeMessage, match="X-SMTPAPI"):
        privatize(_message(X_SMTPAPI='{"to":["bo@y.example"]}'), PEOPLE)


def test_a_line_that_is_too_long_is_refused() -> None:
    """RFC 5321: a server may cut it, or the message."""
    with pytest.raises(UnsafeMessage, match="998"):
        privatize(b"From: n@x.example\r\n\r\n" + b"x" * 999, ["ada@x.example"])


def test_headers_in_utf8_need_smtputf8() -> None:
    """RFC 6532."""
    octets = "From: n@x.example\r\nSubject: Grüße\r\n\r\nHi\r\n".encode()
    [one] = privatize(octets, ["ada@x.example"])
    assert one.needs_smtputf8


def test_local_names_are_nobody_that_could_be_found() -> None:
    """`Company` passes over what is no address, and over no reader."""
    company = Company(["Sally", "ada@x.example", "ada@x.example", "bo@y.example"])
    assert [one.wire for one in company.people] == ["ada@x.example", "bo@y.example"]
    ready = ReadyMessage.read(b"Subject: Sally\r\n\r\nada@x.example\r\n")
    assert company.exposed(ready, ["ada@x.example"]) == []
    for reader in ("Sally", "bo@y.example"):
        assert [leak.check for leak in company.exposed(ready, [reader])] == ["I3"]


def test_one_person_alone_is_not_searched_for() -> None:
    """What is said to one person is nobody's leak."""
    ready = ReadyMessage.read(b"Subject: x\r\n\r\nada@x.example\r\n")
    assert Company(["ada@x.example"]).exposed(ready, ["ada@x.example"]) == []


def test_what_is_not_about_others_is_the_authors_business() -> None:
    """A picture from afar, an attached mail, a trace: as they were before."""
    message = _message()
    message.add_alternative('<img src="https://t.example/p.gif?u=1">', subtype="html")
    old = EmailMessage()
    old["To"] = "zoe@w.example"
    old.set_content("old")
    message.make_mixed()
    message.attach(old)
    for one in privatize(message, PEOPLE):
        assert b"zoe@" not in one.content


NAMES = st.text("abcdefgh", min_size=3, max_size=9).map("{}@x.example".format)


@given(st.lists(NAMES, min_size=2, max_size=4, unique=True))
def test_no_envelope_shows_another_recipient(people: list[str]) -> None:
    """Whoever they are: `inspect`, which reads it anew, finds nobody."""
    message = MIMEMultipart()
    message["From"] = "news@other.example"
    for person in people:
        message["To"] = person
    message["Cc"] = ", ".join(people)
    message.attach(MIMEText("Hello"))
    for one in privatize(message, people):
        own = one.recipient.wire
        assert safesend.inspect(one.content, recipient=own, audience=people) == []


@given(st.lists(addresses("x.example"), min_size=2, max_size=4, unique_by=str.lower))
def test_an_address_that_looks_like_another_is_written_to(people: list[str]) -> None:
    """`a/b@x` and `b@x`: To is nobody's leak, however it reads."""
    ready = ReadyMessage.read(b"To: %b\r\n\r\nHi\r\n" % ", ".join(people).encode())
    assert Company([*people, *ready.named]).exposed(ready, people) == []


def test_octets_end_their_lines_properly() -> None:
    """An object is written with CRLF."""
    assert octets_of(_message()).count(b"\n") == octets_of(_message()).count(b"\r\n")
    assert octets_of(bytearray(b"x")) == b"x"  # type: ignore[arg-type]


def test_a_subclass_with_a_method_of_its_own_is_written() -> None:
    """Django's classes have an `as_bytes` with other parameters."""

    class Own(MIMEText):
        def as_bytes(self, unixfrom: bool = False, linesep: str = "\n") -> bytes:  # type: ignore[override]
            raise AssertionError("not called")

    assert octets_of(Own("From here\n")).endswith(b"\r\n\r\nFrom here\r\n")
