"""What is left in a PDF of older versions and of unused objects."""

from __future__ import annotations

import io
import time
import zlib

import pypdf
import pytest

from checks.planting.pdf import by_hand, stream
from safesend.checks.documents.budget import Budget, Exhausted, Unreadable
from safesend.checks.documents.pdf_left import leftovers, older_pages, remarks

OLD = b"BT /F 12 Tf 14 TL 72 700 Td (eve@) Tj (example.net) Tj T* (two) Tj ET"
PLAIN = by_hand(stream(b"BT /F 12 Tf 72 700 Td (Hello) Tj ET"))


def opened(data):
    return pypdf.PdfReader(io.BytesIO(data))


def left(extra, budget=None):
    """What is found when objects stand in a file and no table names them."""
    cut = PLAIN.index(b"xref\n")
    table = PLAIN[cut:].replace(
        b"startxref\n%d" % cut, b"startxref\n%d" % (cut + len(extra))
    )
    data = PLAIN[:cut] + extra + table
    return list(leftovers(data, opened(data), budget or Budget()))


def texts(found):
    return [piece.text for piece in found]


def test_a_whole_file_leaves_nothing() -> None:
    """What the table names is no leftover."""
    assert left(b"") == []


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        (b"9 0 obj\n<</Contents(eve@example.net)>>\nendobj\n", "eve@example.net"),
        (b"9 0 obj\n" + stream(OLD) + b"\nendobj\n", "eve@example.net"),
        (b"9 0 obj\n" + stream(OLD, deflate=True) + b"\nendobj\n", "eve@example.net"),
        (
            b"9 0 obj\n" + stream(b"[(e) -20 (v) <65>] TJ ET") + b"\nendobj\n",
            "eve",
        ),
        (
            b"9 0 obj\n" + stream(b"<a>eve&#64;b.example</a>") + b"\nendobj\n",
            "<a>eve@b.example</a>",
        ),
        (
            b"9 0 obj\n" + stream(b"var TJ = 'eve@b.example'") + b"\nendobj\n",
            "var TJ = 'eve@b.example'",
        ),
    ],
)
def test_an_object_that_no_table_names_is_read(extra, text) -> None:
    """Its strings, what it draws, or its text, all of it hidden."""
    found = left(extra)
    assert text in texts(found)
    assert all(piece.hidden for piece in found)


def test_objects_in_an_old_object_stream_are_read() -> None:
    """Packed objects of an older version are unpacked (7.5.7)."""
    packed = b"8 0 9 11 <</A(ab)>> <</B(eve@example.net)>>"
    objects = stream(
        packed, b"/Type/ObjStm/N 2/First %d" % packed.index(b"<<"), deflate=True
    )
    assert "eve@example.net" in texts(left(b"7 0 obj\n" + objects + b"\nendobj\n"))


@pytest.mark.parametrize(
    "extra",
    [
        b"9 0 obj\n<</Unclosed",
        b"9 0 obj\n",
        b"9 0 obj\n" + stream(b"x", b"/Filter/NoSuchFilter") + b"\nendobj\n",
        b"9 0 obj\n" + stream(b"(eve) Tj", b"/Subtype/Image") + b"\nendobj\n",
        b"9 0 obj\n" + stream(b"0 0 m 5 5 l S", b"") + b"\nendobj\n",
        b"9 0 obj\n" + stream(b"\0\1\2 eve", b"") + b"\nendobj\n",
        b"9 0 obj\n" + stream(b"1 0", b"/Type/ObjStm/First 99") + b"\nendobj\n",
        b"9 0 obj\n" + stream(b"1 0", b"/Type/ObjStm/First(x)") + b"\nendobj\n",
        b"9 0 obj\n" + stream(b"", b"") + b"\nendobj\n",
        b"9 0 obj\n" + stream(b"<> Tj (", b"") + b"\nendobj\n",
    ],
)
def test_torn_and_other_objects_say_nothing(extra) -> None:
    """Pictures, drawings and damaged leftovers are no text and no failure."""
    assert left(extra) == []


def test_unpacking_leftovers_is_paid_for() -> None:
    """Bombs in leftovers end with the budget."""
    bomb = zlib.compress(b"a" * 3_000_000)
    data = b"9 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n" % len(bomb) + bomb
    with pytest.raises(Exhausted):
        left(data + b"\nendstream\nendobj\n", Budget(octets=1_000_000))


def test_of_an_encrypted_file_no_leftovers_are_read() -> None:
    """Nobody could decrypt them."""
    writer = pypdf.PdfWriter(clone_from=opened(PLAIN))
    writer.encrypt("")
    out = io.BytesIO()
    writer.write(out)
    data = out.getvalue() + b"9 0 obj\n(eve)\nendobj\n"
    assert list(leftovers(data, opened(out.getvalue()), Budget())) == []


def test_older_versions_are_read_the_youngest_first() -> None:
    """Each mark of an end may be the end of a file."""
    first = by_hand(stream(b"BT /F 12 Tf 72 700 Td (first) Tj ET"))
    second = by_hand(stream(b"BT /F 12 Tf 72 700 Td (second) Tj ET"))
    versions = {len(first) - 1: first, len(first) + len(second) - 1: second}

    def version(data):
        if len(data) not in versions:
            raise Unreadable("x")
        return opened(versions[len(data)])

    assert texts(older_pages(first + second + PLAIN, version)) == ["second", "first"]


def test_what_was_never_a_version_is_none() -> None:
    """A mark within something else ends nothing."""

    def never(data):
        raise Unreadable("it is damaged")

    assert list(older_pages(b"%%EOF\n" * 30, never)) == []


def test_the_first_mark_of_a_file_made_for_the_web_is_no_end() -> None:
    """A linearized file has two marks and one version (annex F)."""
    asked = []

    def version(data):
        asked.append(data)
        raise Unreadable("x")

    list(older_pages(b"<</Linearized 1>> %%EOF new %%EOF", version))
    assert asked == []


def test_a_damaged_page_of_an_older_version_says_nothing() -> None:
    """It is not the newest version that is damaged."""
    broken = by_hand(stream(b"x", b"/Filter/NoSuchFilter"))
    assert list(older_pages(broken + PLAIN, lambda data: opened(broken))) == []


def test_remarks_with_a_mailbox_are_read() -> None:
    """Comments are shown by no program and travel with the file."""
    found = list(remarks(b"%PDF-1.7\n% by eve@example.net\n% nobody here\n"))
    assert texts(found) == [" by eve@example.net"]


def test_a_wall_of_marks_takes_linear_time() -> None:
    """Each octet is looked at once, whatever it is."""
    start = time.process_time()
    assert list(remarks(b"%" * 5_000_000)) == []
    assert time.process_time() - start < 15


def test_octets_that_look_like_a_remark_are_none() -> None:
    """In a packed stream a percent sign begins nothing."""
    assert list(remarks(b"\0%abcde@fgh.example\xff\n")) == []


def test_a_picture_in_ascii_is_no_remark() -> None:
    """Between "stream" and "endstream" a percent sign and an at sign are data."""
    picture = b"stream\nGar%abcde@fgh.example\nendstream\n"
    assert list(remarks(picture * 3)) == []
    found = remarks(picture + b"% by eve@example.net\n" + picture)
    assert texts(found) == [" by eve@example.net"]


def test_a_stream_that_never_ends_hides_no_remark() -> None:
    """The word alone is no stream."""
    assert texts(remarks(b"stream\n% by eve@example.net\n")) == [" by eve@example.net"]


@pytest.mark.parametrize(
    "extra",
    [
        b"<x:xmpmeta xmlns:x='a'><b>ZXZlQGV4YW1wbGUubmV0</b></x:xmpmeta>",
        b"<?xpacket begin=''?><b c='d'>ZXZlQGV4YW1wbGUubmV0</b>\n<?xpacket end='w'?>",
        b"<xdp:xdp><b>\nZXZlQGV4YW1wbGUubmV0\n</b>",
    ],
)
def test_metadata_are_read_as_what_they_are(extra) -> None:
    """Texts of XMP and XFA stand by themselves, without the marks around them."""
    found = texts(left(b"9 0 obj\n" + stream(extra, deflate=True) + b"\nendobj\n"))
    assert "ZXZlQGV4YW1wbGUubmV0" in [text.strip() for text in found]
