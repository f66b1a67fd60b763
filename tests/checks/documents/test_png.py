"""Tests of PNG pictures."""

from __future__ import annotations

import zlib

import pytest
from PIL.PngImagePlugin import PngInfo

from checks.documents.pictures import XMP, chunk, exif, picture, png
from checks.documents.reads import ADA, clauses, places, seen

PACKED = zlib.compress(ADA.encode())


@pytest.mark.parametrize(
    ("part", "place"),
    [
        (chunk(b"tEXt", b"Author\0ada@example.org"), "text Author"),
        (chunk(b"tEXt", b"ada@example.org\0x"), "text"),
        (chunk(b"tEXt", b"Author\0\xe4 ada@example.org"), "text Author"),
        (chunk(b"zTXt", b"Author\0\0" + PACKED), "text Author"),
        (chunk(b"iTXt", b"Author\0\0\0de\0Autor\0ada@example.org"), "text Author"),
        (chunk(b"iTXt", b"Author\0\1\0de\0Autor\0" + PACKED), "text Author"),
        (chunk(b"iTXt", b"Author\0\0\0de\0ada@example.org\0"), "text Author"),
        (chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP), "XMP, element x:author"),
        (chunk(b"eXIf", exif({0x013B: ADA}).tobytes()), "EXIF artist"),
        (chunk(b"prVt", b"\1\2 ada@example.org"), "raw octets"),
        (chunk(b"zTXt", b"Author\0\0no zlib ada@example.org"), "text Author"),
    ],
)
def test_the_texts_of_chunks_are_read(part, place):
    """Plain, compressed, international, and what programs add."""
    assert place in places("a.png", png(part))


def test_a_picture_of_pillow_is_read():
    """And an ordinary one says nothing."""
    info = PngInfo()
    info.add_text("Comment", ADA, zip=True)
    assert ADA in seen("a.png", picture("PNG", pnginfo=info))
    assert clauses("a.png", picture("PNG")) == []


def test_what_stands_behind_the_end_is_read():
    """Viewers ignore it."""
    assert places("a.png", png() + b"to ada@example.org") == ["after its end, line 1"]


def test_a_picture_that_breaks_off_is_searched():
    """What came before is read."""
    broken = png(chunk(b"tEXt", b"Author\0ada@example.org"))[:-12]
    assert "text Author" in places("a.png", broken)
    assert clauses("a.png", broken) == [("unreadable", "it is damaged")]


def test_a_text_that_swells_is_noted():
    """No caption is that long."""
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(20 << 20)))
    reason = "it swells without measure when unpacked"
    assert clauses("a.png", png(bomb)) == [("unreadable", reason)]
