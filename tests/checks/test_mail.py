"""checks/mail.py: a corpus of broken messages, and whatever hypothesis thinks of."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.linear import is_linear
from safesend.checks.addresses import mentions
from safesend.checks.documents.files import read_file
from safesend.checks.mail import LONGEST, nothing, read_mail
from safesend.checks.piece import Kind, Note, NoteKind, Piece

CORPUS = Path(__file__).parent / "corpus"
CLEAN = sorted(CORPUS.glob("*.clean.eml"))
PLANTED = [path for path in sorted(CORPUS.glob("*.eml")) if path not in CLEAN]
EVE = "eve@victim.example"


def _seen(octets):
    return {
        spelling
        for found in read_mail(octets, read_file)
        if isinstance(found, Piece)
        for mention in mentions(found.text)
        for spelling in mention.spellings
    }


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_an_address_in_a_broken_message_is_found(path):
    """Wherever a reader might look, however odd the structure."""
    assert EVE in _seen(path.read_bytes())


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_nobody_is_found_where_nobody_is(path):
    """The same message without the address."""
    assert EVE not in _seen(path.read_bytes())


def test_every_planted_message_has_its_twin():
    """So that none is found by what is around the address."""
    twins = {path.name.replace(".clean", "") for path in CLEAN}
    assert {path.name for path in PLANTED} == twins


@given(st.binary(max_size=2000))
def test_any_octets_are_read_to_their_end(octets):
    """No exception, and pieces of text only."""
    for found in read_mail(octets, nothing):
        assert isinstance(found, Piece | Note)


_HEADERS = st.sampled_from(
    [
        b"From: a@b.example",
        b"To: c@d.example",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Type: multipart/alternative",
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Type: message/rfc822",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Disposition: attachment; filename*=utf-8''%41",
        b"Subject: =?utf-8?q?=41?=",
        b": empty",
        b" folded",
        b"",
        b"--x",
        b"--x--",
        b"=41=",
        b"QUJD",
        b"begin 644 a",
        b"end",
        b"<p>",
    ]
)


@given(st.lists(_HEADERS, max_size=30), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_any_structure_is_read_to_its_end(lines, end):
    """Headers, boundaries and encodings in every order."""
    for found in read_mail(end.join(lines), read_file):
        assert isinstance(found, Piece | Note)


def test_the_parts_of_a_message_are_units():
    """As a person would name them."""
    message = EmailMessage()
    message["To"] = "ada@example.org"
    message["Subject"] = "Grüße"
    message.set_content("plain")
    message.add_alternative("<p>page</p>", subtype="html")
    message.add_attachment(b"a,b\n1,2\n", "text", "csv", filename="list.csv")
    found = list(read_mail(bytes(message), read_file))
    units = {one.unit for one in found}
    assert {"header To", "header Subject", "text", "html"} <= units
    assert "attachment 'list.csv'" in units
    assert any(
        one.text == "Grüße" and one.place == "decoded"
        for one in found
        if isinstance(one, Piece) and one.kind is Kind.HEADER
    )


def test_an_attached_mail_is_noted_and_read():
    """Its Bcc as well."""
    inner = EmailMessage()
    inner["Bcc"] = EVE
    inner.set_content("old")
    outer = EmailMessage()
    outer["To"] = "ada@example.org"
    outer.set_content("see below")
    outer.add_attachment(inner)
    found = list(read_mail(bytes(outer), nothing))
    notes = [one.kind for one in found if isinstance(one, Note)]
    assert NoteKind.MAIL in notes
    assert any(EVE in one.text for one in found if isinstance(one, Piece))


def test_what_is_too_large_is_a_note():
    """Never a silent pass."""
    octets = b"To: a@b.example\r\n\r\n" + b"x" * LONGEST
    notes = [one for one in read_mail(octets, nothing) if isinstance(one, Note)]
    assert NoteKind.UNREADABLE in [note.kind for note in notes]


@pytest.mark.parametrize(
    "bit",
    [
        b"a:\n",
        b"--x\n",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n",
        b"\n",
        b"=?utf-8?q?a?= ",
        b"a@b.cc,",
        b"\r",
        b'"',
        b"(",
    ],
)
def test_time_is_linear(bit):
    """Whatever is repeated."""
    head = b"To: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n"
    assert is_linear(lambda text: list(read_mail(head + text, nothing)), bit)
    assert is_linear(lambda text: list(read_mail(b"X: " + text, nothing)), bit)
