"""Tests of GIF pictures."""

from __future__ import annotations

import pytest

from checks.documents.pictures import XMP, block, picture
from checks.documents.reads import ADA, clauses, places, seen

PLAIN = picture("GIF")
TEXT = b"to ada@example.org"


def with_block(octets: bytes) -> bytes:
    """The extension stands in front of the end."""
    return PLAIN[:-1] + octets + PLAIN[-1:]


@pytest.mark.parametrize(
    ("octets", "place"),
    [
        (block(0xFE, TEXT), "comment"),
        (block(0xFE, TEXT[:9], TEXT[9:]), "comment"),
        (block(0x01, bytes(12), TEXT), "comment"),
        (block(0xFF, b"PROGRAM 1.0", TEXT), "raw octets"),
        (block(0xF9, b"\0\0\0\0"), None),
    ],
)
def test_the_texts_of_extensions_are_read(octets, place):
    """Comments, plain texts, what programs add."""
    found = places("a.gif", with_block(octets))
    assert place in found if place else not found


def test_a_packet_of_xmp_is_read():
    """It stands between the blocks as it is, with a ramp of octets behind it."""
    ramp = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    packed = b"!\xff\x0bXMP DataXMP" + XMP + ramp
    assert "XMP, element x:author" in places("a.gif", with_block(packed))


def test_a_picture_of_pillow_is_read():
    """And an ordinary one says nothing."""
    assert ADA in seen("a.gif", picture("GIF", comment=TEXT))
    assert clauses("a.gif", PLAIN) == []


def test_what_stands_behind_the_end_is_read():
    """Viewers ignore it."""
    assert places("a.gif", PLAIN + TEXT) == ["after its end, line 1"]


@pytest.mark.parametrize("broken", [PLAIN[:-1], PLAIN[:-1] + b"?", b"GIF89a"])
def test_a_broken_picture_is_noted(broken):
    """Its octets are searched."""
    [(kind, what)] = clauses("a.gif", broken)
    assert kind == "unreadable"
    assert what.startswith("it is damaged")
