"""Tests of JPEG pictures."""

from __future__ import annotations

import pytest

from checks.documents.pictures import XMP, exif, iptc, picture, segment
from checks.documents.reads import ADA, clauses, places, seen

PLAIN = picture("JPEG")
EXIF = b"Exif\0\0" + exif({0x013B: ADA}).tobytes().removeprefix(b"Exif\0\0")
MORE = b"http://ns.adobe.com/xmp/extension/\0" + bytes(40)
TEXT = b"to ada@example.org"


@pytest.mark.parametrize(
    ("part", "place"),
    [
        (segment(0xFE, TEXT), "comment"),
        (segment(0xE1, EXIF), "EXIF artist"),
        (
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
            "XMP, element x:author",
        ),
        (segment(0xED, iptc(TEXT)), "IPTC"),
        (segment(0xE5, b"\1\2" + TEXT), "raw octets"),
        (segment(0xE1, MORE + XMP), "XMP, element x:author"),
        (
            segment(0xE1, MORE + XMP[:99]) + segment(0xE1, MORE + XMP[99:]),
            "XMP, element x:author",
        ),
    ],
)
def test_the_texts_of_segments_are_read(part, place):
    """Comments, EXIF, XMP in one or several parts, IPTC, what programs add."""
    assert place in places("a.jpg", PLAIN[:2] + part + PLAIN[2:])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
def test_an_ordinary_picture_says_nothing(options):
    """The picture itself is not searched."""
    assert clauses("a.jpg", picture("JPEG", **options)) == []
    assert seen("a.jpg", picture("JPEG", **options)) == set()


def test_what_stands_behind_the_end_is_read():
    """Telephones put films there."""
    assert places("a.jpg", PLAIN + TEXT) == ["after its end, line 1"]


def test_a_picture_that_breaks_off_is_searched():
    """It is shown all the same."""
    broken = PLAIN[:2] + segment(0xFE, TEXT) + PLAIN[2:-2]
    assert "comment" in places("a.jpg", broken)
    assert clauses("a.jpg", broken) == []
