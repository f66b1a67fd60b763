"""Tests of calendars and contact cards."""

from __future__ import annotations

import base64

import pytest

from checks.documents.reads import ADA, pieces, places, seen

CARD = b"BEGIN:VCARD\r\nVERSION:%b\r\n%b\r\nEND:VCARD\r\n"
EVENT = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n%b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (b"ATTENDEE;CN=Ada:mailto:ada@example.org", "ATTENDEE, line 3"),
        (b'ORGANIZER;SENT-BY="mailto:ada@example.org":x', "ORGANIZER, line 3"),
        (b"attendee;x:mailto:ada@exa\r\n mple.org", "ATTENDEE, line 3"),
        (b"COMMENT:ask ada@exam\r\n\tple.org", "COMMENT, line 3"),
        (b"DESCRIPTION:x\\nada@example.org\\, please", "DESCRIPTION, line 3"),
        (b"X-OWN;Y=ada@example.org:z", "X-OWN, line 3"),
        (b" ;odd ada@example.org", "BEGIN, line 2"),
        (b"?;odd ada@example.org", "line 3"),
    ],
)
def test_a_property_of_an_event_has_its_name_as_place(line, place):
    """Lines are unfolded (RFC 5545 section 3.1) and unescaped (section 3.3.11)."""
    assert places("a.ics", EVENT % line) == [place]
    assert ADA in seen("a.ics", EVENT % line)


@pytest.mark.parametrize(
    ("version", "line"),
    [
        (b"3.0", b"item1.EMAIL;TYPE=work:ada@example.org"),
        (b"4.0", b"EMAIL:ada@example.org"),
        (b"2.1", b"EMAIL;ENCODING=QUOTED-PRINTABLE:ada=40exam=\r\nple.org"),
        (b"2.1", b"EMAIL;QUOTED-PRINTABLE:ada=40example.org"),
    ],
)
def test_a_card_is_read_in_every_version(version, line):
    """With its groups and encodings."""
    assert places("a.vcf", CARD % (version, line)) == ["EMAIL, line 3"]


@pytest.mark.parametrize(
    "line",
    [
        b'ATTACH;ENCODING=BASE64;X-FILENAME="a.csv";VALUE=BINARY:%b',
        b"ATTACH;VALUE=BINARY;ENCODING=b:%b",
        b"ATTACH;FILENAME=a.csv;ENCODING=b:%b",
        b"ATTACH:data:text/csv;base64,%b",
    ],
)
def test_a_file_inside_is_read(line):
    """An attachment in base64."""
    packed = base64.b64encode(b"x,ada@example.org\n" * 9)
    found = pieces("a.ics", EVENT % (line % packed))
    assert any("ada@example.org" in one.text and "ATTACH" in one.place for one in found)


def test_broken_base64_is_a_text():
    """What is no base64 is read as it stands."""
    assert ADA in seen("a.ics", EVENT % b"NOTE;ENCODING=b:a, ada@example.org")


def test_escapes_of_parameters_are_undone():
    """RFC 6868."""
    [note] = [
        one for one in pieces("a.ics", EVENT % b"X;A=^'b^n^^:c") if "X;" in one.text
    ]
    assert note.text == 'X;A="b\n^:c'
