"""Tests of single compressed files."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma

import pytest

from checks.documents.reads import ADA, clauses, places, seen, texts

TABLE = b"name,mail\nAda,ada@example.org\n"
WAYS = {
    "list.csv.gz": gzip.compress,
    "list.csv.bz2": bz2.compress,
    "list.csv.xz": lzma.compress,
    "list.csv.lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_compressed_file_is_read(name):
    """As the file that its name says without the last suffix."""
    assert places(name, WAYS[name](TABLE)) == ["inside, cell B2"]
    assert clauses(name, WAYS[name](TABLE)) == []


@pytest.mark.parametrize("name", [*WAYS][:3])
def test_members_follow_one_another(name):
    """Programs read them as one file."""
    data = WAYS[name](b"a,b\n" * 9) + WAYS[name](b"") + WAYS[name](TABLE)
    assert places(name, data) == ["inside, cell B11"]


@pytest.mark.parametrize("name", WAYS)
def test_what_follows_the_last_member_is_read(name):
    """Programs warn of it and go on."""
    data = WAYS[name](b"x") + b"to ada@example.org"
    assert places(name, data) == ["after its end, line 1"]


@pytest.mark.parametrize("name", WAYS)
def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(name):
    """And is noted."""
    noise = bytes(number * number % 251 for number in range(300_000))
    data = WAYS[name](TABLE * 9000 + noise)
    assert ("unreadable", "it is damaged") in clauses(name, data[:-20])
    if not name.endswith("bz2"):  # its blocks are whole or nothing
        assert ADA in seen(name, data[:-20])


def test_a_fault_in_the_midst_is_noted():
    """Rather than taken for the end."""
    data = bytearray(gzip.compress(bytes(range(256)) * 99))
    data[12:40] = b"\xff" * 28
    assert ("unreadable", "it is damaged") in clauses("a.gz", bytes(data))


def test_the_names_in_a_gzip_header_are_read():
    """The name of the file before, and a comment (RFC 1952 section 2.3)."""
    out = io.BytesIO()
    with gzip.GzipFile("ada@example.org.csv", "wb", fileobj=out) as stream:
        stream.write(TABLE)
    assert "name" in places("a.gz", out.getvalue())
    assert "inside, cell B2" in places("a.gz", out.getvalue())
    plain = gzip.compress(TABLE)
    extra = plain[:3] + b"\x14" + plain[4:10] + b"\3\0abc" + b"by ada\0" + plain[10:]
    assert "by ada" in texts("a.gz", extra)
    assert clauses("a.gz", plain[:3] + b"\x08" + plain[4:10] + b"abc") != []
    assert clauses("a.gz", b"\x1f\x8b\x08") != []


def test_short_suffixes_are_known():
    """A .svgz is an .svg."""
    picture = gzip.compress(b"<svg><text>ada@example.org</text></svg>")
    assert places("a.svgz", picture) == ["inside, element text, line 1"]
