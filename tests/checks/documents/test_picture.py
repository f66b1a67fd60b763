"""Tests of pictures of further formats."""

from __future__ import annotations

import struct

import pytest

from checks.documents.pictures import XMP, exif, picture
from checks.documents.reads import ADA, clauses, places, seen

TAGS = exif({0x013B: ADA})


@pytest.mark.parametrize("form", ["TIFF", "WEBP"])
def test_a_picture_of_pillow_is_read(form):
    """And an ordinary one says nothing."""
    name = f"a.{form.lower()}"
    assert "EXIF artist" in places(name, picture(form, exif=TAGS))
    assert clauses(name, picture(form)) == []
    assert seen(name, picture(form)) == set()


def test_the_chunks_of_webp_are_read():
    """EXIF, XMP, others, and what stands behind the end."""
    assert "XMP, element x:author" in places("a.webp", picture("WEBP", xmp=XMP))
    other = b"NOTE" + struct.pack("<L", 15) + b"ada@example.org\0"
    plain = picture("WEBP")
    size = struct.pack("<L", len(plain) - 8 + len(other))
    assert places("a.webp", plain[:4] + size + plain[8:] + other) == ["raw octets"]
    assert places("a.webp", plain + b"to ada@example.org") == ["after its end, line 1"]


@pytest.mark.parametrize(
    "head", [b"\0\0\0\x18ftypheic", b"8BPS\0\1", b"BM\x99\0\0\0\0\0\0\0"]
)
def test_blocks_are_found_in_any_picture(head):
    """Wherever the format keeps them."""
    block = b"Exif\0\0" + TAGS.tobytes().removeprefix(b"Exif\0\0")
    found = places("a.heic", head + bytes(9) + block + bytes(9) + XMP)
    assert {"EXIF artist", "XMP, element x:author", "raw octets"} <= set(found)


def test_only_so_many_blocks_are_read():
    """A picture has one."""
    many = b"\0\0\0\x18ftypheic" + b"Exif\0\0II*\0" * 1000 + b"ada@example.org"
    assert ADA in seen("a.heic", many)
