"""The text of pages of a PDF."""

from __future__ import annotations

import io

import pypdf
import pytest

from checks.planting.pdf import by_hand, stream
from safesend.checks.documents.pdf_pages import (
    drawn_together,
    joined,
    read_pages,
    shown,
)
from safesend.checks.piece import NoteKind, Piece


def read(data):
    return list(read_pages(pypdf.PdfReader(io.BytesIO(data))))


def page(content, **more):
    return by_hand(stream(content), **more)


def texts(found):
    return [one.text for one in found if isinstance(one, Piece)]


def test_each_line_is_a_piece_with_its_place() -> None:
    """The page and the line lead a person to it."""
    found = read(page(b"BT /F 12 Tf 14 TL 72 700 Td (one) Tj T* (two) Tj ET"))
    assert [(one.where(), one.text) for one in found] == [
        ("page 1, line 1", "one"),
        ("page 1, line 2", "two"),
    ]


UTF_16 = b"<feff" + "eve@example.net".encode("utf-16-be").hex().encode() + b">"
UTF_8 = b"<efbbbf" + b"eve@example.net".hex().encode() + b">"


@pytest.mark.parametrize("text", [b"(eve@example.net)", UTF_16, UTF_8])
@pytest.mark.parametrize("key", [b"ActualText", b"Alt", b"E"])
def test_what_replaces_a_text_is_text(key, text) -> None:
    """A copied or spoken text may differ from the drawn one."""
    content = b"/Span <</%s %s>> BDC BT /F 9 Tf (x) Tj ET EMC" % (key, text)
    assert "eve@example.net" in texts(read(page(content)))


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["write to eve@", "example.net now"], ["eve@example.net"]),
        (["write to eve", "@example.net"], ["eve@example.net"]),
        (["eve@exam", "ple.net"], ["eve@example.net"]),
        (["eve@my-", "club.example"], ["eve@my-club.example"]),
        (["eve@example", ".net"], ["eve@example.net"]),
        (["eve@mail.", "example.net"], ["eve@mail.example.net"]),
        (["eve_", "long@example.net"], ["eve_long@example.net"]),
        (["open again.", "eve@example.net"], []),
        (["write to eve@example.net", "or to bob@example.org"], []),
        (["eve@example.net", "Best regards"], []),
        (["eve@example.net.", "Best regards"], []),
        (["eve.long@planted.exa", "mple"], ["eve.long@planted.example"]),
        (["eve.lo", "ng@planted.example"], ["eve.long@planted.example"]),
        (["write to eve@example.net", "or"], []),
        (["eve@example.net", "www.example.net"], []),
        (["eve@example.net", "bob@example.net"], []),
        (["mail", "eve@example.net"], []),
        (["follow @club.", "Best regards"], []),
        (["no address", "here"], []),
        (["a@" + "b" * 400, "c.d"], []),
        (["alone@"], []),
    ],
)
def test_an_address_cut_by_the_end_of_a_line_is_whole(lines, whole) -> None:
    """Cut addresses are joined, and whole ones are not joined to their neighbours."""
    assert list(joined(lines)) == whole


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("e v e @ e x a m p l e . n e t", ["eve@example.net"]),
        ("a n d  e v e @ fi s h . e x a m p l e  a n d", ["eve@fish.example"]),
        ("we met @ 5", []),
        ("write to eve@example.net", []),
        ("a @ b", []),
    ],
)
def test_letters_with_gaps_are_a_word(line, words) -> None:
    """A word whose letters are set apart is found, and no word is made of others."""
    assert list(drawn_together([line])) == words


def test_lines_without_text_are_none() -> None:
    """White space is no piece."""
    assert shown("a\n \n\r\n b \n") == ["a", "b"]


def test_a_page_of_pictures_is_noted() -> None:
    """Of a scanned page it is said that nothing was read."""
    picture = stream(
        b"\0",
        b"/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray",
    )
    data = by_hand(stream(b"/I Do"), picture).replace(
        b"/Resources<<", b"/Resources<</XObject<</I 6 0 R>>"
    )
    [note] = read(data)
    assert (note.place, note.kind) == ("page 1", NoteKind.UNKNOWN)
    assert "picture" in note.what


def test_a_picture_in_a_drawing_is_noted() -> None:
    """Scanners put the picture of a page into a form."""
    form = stream(
        b"/I Do",
        b"/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</I 7 0 R/X 6 0 R>>>>",
    )
    picture = stream(b"\0", b"/Subtype/Image/Width 1/Height 1/BitsPerComponent 8")
    data = by_hand(stream(b"/X Do"), form, picture).replace(
        b"/Resources<<", b"/Resources<</XObject<</X 6 0 R>>", 1
    )
    assert [note.kind for note in read(data)] == [NoteKind.UNKNOWN]


def test_an_empty_page_is_no_picture() -> None:
    """Nothing is said of a page without anything on it."""
    assert read(page(b"")) == []
    assert read(page(b"").replace(b"/Resources<<", b"/Resourced<<")) == []
    data = page(b"").replace(b"/Resources<<", b"/Resources<</XObject 5")
    assert texts(read(data)) == []


def test_letters_without_meaning_are_noted() -> None:
    """Codes of a font that no table explains are not taken for a text."""
    codes = b"".join(b"%04x" % code for code in range(1, 31))
    content = b"BT /F 12 Tf 72 700 Td <" + codes + b"> Tj ET"
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[]>>"
    )
    helvetica = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    found = read(page(content).replace(helvetica, font.ljust(len(helvetica))))
    assert [one.kind for one in found if not isinstance(one, Piece)] == [
        NoteKind.UNKNOWN
    ] or found == []


def test_a_broken_page_does_not_hide_the_next() -> None:
    """What cannot be read is named, and reading goes on."""
    data = page(b"BT /F 12 Tf 72 700 Td (eve@example.net) Tj ET")
    data = data.replace(b"/Kids[3 0 R]/Count 1", b"/Kids[6 0 R 3 0 R]/Count 2")
    broken = stream(b"x", b"/Filter/NoSuchFilter")
    second = (
        b"<</Type/Page/Parent 2 0 R/Contents 7 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    )
    data = by_hand(
        stream(b"BT /F 12 Tf 72 700 Td (eve@example.net) Tj ET"), second, broken
    ).replace(b"/Kids[3 0 R]/Count 1", b"/Kids[6 0 R 3 0 R]/Count 2")
    found = read(data)
    assert (found[0].place, found[0].kind) == ("page 1", NoteKind.UNREADABLE)
    assert texts(found) == ["eve@example.net"]
