"""Tests of reading any file."""

from __future__ import annotations

import gzip
import io
import os
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.documents.reads import ADA, clauses, grows, pieces, places, seen, texts
from safesend.checks.documents.budget import Budget, Exhausted
from safesend.checks.documents.files import File, read_file, read_inner
from safesend.checks.documents.formats import FORMATS
from safesend.checks.piece import NoteKind

SUFFIXES = sorted({suffix for form in FORMATS for suffix in form.suffixes} | {""})
BEGINNINGS = [
    *(
        b"",
        b"%PDF-1.7\n",
        b"PK\3\4",
        b"PK\5\6",
        b"\x1f\x8b\x08",
        b"BZh9",
        b"\xfd7zXZ\0",
    ),
    *(
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"II*\0",
        b"MM\0*",
        b"{\\rtf1 ",
    ),
    *(b"RIFF\x99\0\0\0WEBP", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"BEGIN:VCARD\n"),
    *(
        b"BEGIN:VCALENDAR\n",
        b"<?xml version='1.0'?>",
        b"<html>",
        b"{",
        b"From: a@b.cc\nTo:",
    ),
    *(b"From a@b.cc Mon Jan 1 00:00:00 2024\nA: b\n", b"-----BEGIN PGP MESSAGE-----\n"),
    *(b"\0\0\0\x18ftypheic", b"8BPS", b"\xff\xfe", b"\x78\x9f\x3e\x22"),
]


@example(b"\xff\xd8\xff\xe1\0\x10Exif\0\0II*\0\x08\0\0\0", "jpg", b"")
@given(st.sampled_from(BEGINNINGS), st.sampled_from(SUFFIXES), st.binary(max_size=200))
def test_any_octets_are_read(beginning, suffix, rest):
    """No file raises, whatever it begins with and whatever its name says."""
    for found in read_file(f"a.{suffix}", beginning + rest):
        assert found.unit == ""


def test_an_empty_file_says_nothing():
    """No piece and no note."""
    assert list(read_file("a.pdf", b"")) == []


def test_a_text_under_a_lying_name_is_read_and_doubted():
    """Excel would not open it; it is read as what it is."""
    assert texts("a.xlsx", b"to ada@example.org") == ["to ada@example.org"]
    [(kind, what)] = clauses("a.xlsx", b"to ada@example.org")
    assert kind == "unreadable"
    assert "its name says an Excel, Word or PowerPoint file" in what


def test_octets_under_a_lying_name_are_searched():
    """And doubted as well."""
    octets = b"\0\1\2\3 to ada@example.org \0\1\2\3"
    assert ADA in seen("a.pdf", octets)
    assert [kind for kind, _ in clauses("a.pdf", octets)] == ["unreadable"]


def test_a_broken_file_is_searched_as_octets():
    """What is known and cannot be read is a note, and its octets are searched."""
    broken = b"PK\3\4\1\1 ada@example.org \0\0\0"
    assert clauses("a.zip", broken) == [("unreadable", "it is damaged")]
    assert ADA in seen("a.zip", broken)


def test_a_broken_text_is_searched_as_text():
    """Where the source can be read, it is."""
    octets = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "c">]>'
    octets += b"<a>x\nada@example.org</a>"
    assert places("a.xml", octets) == ["line 2"]
    assert clauses("a.xml", octets) == [("unreadable", "it refers to other files")]


def _nested(depth: int) -> bytes:
    data = b"to ada@example.org"
    for _ in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x", data)
        data = out.getvalue()
    return data


def test_files_in_files_are_read_to_a_limit():
    """Eight files deep; beyond them is a note at the place."""
    assert places("a.zip", _nested(8)) == [", ".join(["member 'x'"] * 8) + ", line 1"]
    [note] = [one for one in read_file("a.zip", _nested(9)) if hasattr(one, "what")]
    assert (note.kind, note.what) == (NoteKind.UNREADABLE, "it is nested too deep")
    assert note.place == ", ".join(["member 'x'"] * 9)


def test_too_much_text_is_a_note():
    """Where the budget ends, the file cannot be said to be read."""
    text = b"All work and no play makes Jack a dull boy. %d\n" * 1_700_000
    assert clauses("a.txt.gz", gzip.compress(text, 1)) == [
        ("unreadable", "it holds more text than safesend reads")
    ]


def test_the_budget_is_shared_by_nested_files():
    """What one spends the next one lacks; the exhaustion is told to the outermost."""
    budget = Budget(files=1)
    list(read_inner(File("a.txt", b"x", budget)))
    with pytest.raises(Exhausted):
        list(read_inner(File("b.txt", b"x", budget)))


def test_too_many_files_are_a_note():
    """Ten thousand, and the rest is not read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}", b"x")
    assert clauses("a.zip", out.getvalue())[-1] == (
        "unreadable",
        "it holds more files than safesend opens",
    )


@pytest.mark.parametrize(
    ("name", "head", "bit"),
    [
        ("a.bin", b"\0\1\2" * 99, b"a@b.cc\0"),
        ("a.bin", b"\0\1\2" * 99, b"@"),
        ("a.bin", b"\0\1\2" * 99, b"QUJD"),
        ("a.bin", b"\0\1\2" * 99, b"@\0a\0"),
        ("a.bin", b"", b"\0"),
        ("a.csv", b"", b'"'),
        ("a.csv", b"", b"a,;\n"),
        ("a.ics", b"BEGIN:VCALENDAR\n", b";filename="),
        ("a.ics", b"BEGIN:VCALENDAR\n;quoted-printable", b"= "),
        ("a.json", b"", b"["),
        ("a.json", b"", b'{"a":'),
        ("a.json", b'["', b"\\"),
        ("a.xml", b'<?xml version="1.0"?><a b="', b"x"),
        ("a.xml", b'<?xml version="1.0"?>', b"<a>"),
        ("a.rtf", b"{\\rtf1 ", b"{"),
        ("a.rtf", b"{\\rtf1 ", b"\\v x"),
        ("a.rtf", b"{\\rtf1\\uc9999999 ", b"\\u65 a"),
        ("a.zip", b"", b"PK\3\4"),
        ("a.zip", b"", b"PK\3\4\x14\0\0\0\x08\0" + b"\0" * 12 + b"\1\0\0\0a\3\0"),
        ("a.png", b"\x89PNG\r\n\x1a\n", b"\0\0\0\0tEXt\0\0\0\0"),
        ("a.jpg", b"\xff\xd8", b"\xff\xed\xff\xff\x1c\2\0\0\0"),
        ("a.gif", b"GIF89a" + b"\0" * 7, b"!\xfe\1a"),
        ("a.tif", b"II*\0\x08\0\0\0\xff\xff", b"\x3b\1\2\0\xff\xff\xff\0\0\0\0\0"),
        ("a.tif", b"II*\0\x08\0\0\0\xff\xff", b"\x4a\1\4\0\xff\xff\0\0\x09\0\0\0"),
        ("a.heic", b"\0\0\0\x18ftypheic", b"<x:xmpmeta "),
        ("a.gz", b"", gzip.compress(b"", mtime=0)),
        ("a.asc", b"", b"-----BEGIN A-----\n"),
        ("a.mbox", b"", b"From a@b.cc 00:00 2020\nA: b\n"),
    ],
)
def test_the_time_is_linear(name, head, bit):
    """Eight times the octets take about eight times as long, not sixty-four times."""
    # What else runs disturbs one measure; reading that is quadratic fails in all.
    grown = (grows(lambda s: head + bit * (s // len(bit)), name, 16_000) for _ in "123")
    assert any(times < 30 for times in grown)


def test_noise_is_quick_and_finds_little():
    """A megabyte of random octets is no list of addresses."""
    assert len(pieces("a.bin", os.urandom(1 << 20))) < 20_000
