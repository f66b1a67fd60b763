"""Tests of the metadata of pictures."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.documents.pictures import XMP, exif, iptc, picture
from checks.documents.reads import ADA
from safesend.checks.documents.exif import (
    read_exif,
    read_iptc,
    read_metadata_text,
    read_tiff_tags,
    read_xmp,
    xmp_packets,
)
from safesend.checks.piece import Kind


def tiff(
    *tags: tuple[int, int, int, bytes], order: str = "<", following: int = 0
) -> bytes:
    """A TIFF of one directory; longer values stand behind it."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}L", 8)
    entries, values = b"", b""
    start = 8 + 2 + 12 * len(tags) + 4
    for number, kind, count, value in tags:
        if len(value) <= 4:
            field = value.ljust(4, b"\0")
        else:
            field = struct.pack(f"{order}L", start + len(values))
            values += value
        entries += struct.pack(f"{order}2HL", number, kind, count) + field
    directory = struct.pack(f"{order}H", len(tags)) + entries
    return head + directory + struct.pack(f"{order}L", following) + values


def said(data: bytes) -> list[tuple[str, str]]:
    return [(one.place, one.text) for one in read_tiff_tags(data)]


@pytest.mark.parametrize("order", "<>")
def test_texts_of_tags_are_read(order):
    """In both orders of octets, each kind of text in its charset."""
    wide = "utf-16-le" if order == "<" else "utf-16-be"
    author = "Ada".encode("utf-16-le")
    comment = b"UNICODE\0" + "Grüße".encode(wide)
    data = tiff(
        (0x013B, 2, 15, b"ada@example.org\0"),
        (0x9C9D, 1, len(author), author),
        (0x9286, 7, len(comment), comment),
        (0x9286, 7, 11, b"ASCII\0\0\0abc"),
        (0x9286, 7, 9, b"JIS\0\0\0\0\0\1"),
        (0x7777, 2, 3, b"xyz"),
        (0x0100, 3, 1, b"\1\0"),
        order=order,
    )
    assert said(data) == [
        ("EXIF artist", "ada@example.org"),
        ("EXIF author", "Ada"),
        ("EXIF comment", "Grüße"),
        ("EXIF comment", "abc"),
        ("EXIF tag 30583", "xyz"),
    ]


def test_packets_in_tags_are_read():
    """XMP and IPTC stand in tags of a TIFF."""
    records = iptc(b"ada@example.org")
    data = tiff((700, 1, len(XMP), XMP), (0x83BB, 7, len(records), records))
    found = [one for one in read_tiff_tags(data) if ADA in one.text]
    assert {one.place.partition(",")[0] for one in found} == {"XMP", "IPTC"}
    assert {one.kind for one in found} == {Kind.METADATA}


def test_directories_that_point_to_themselves_end():
    """As do those that point nowhere."""
    loop = struct.pack("<L", 8)
    data = tiff((0x8769, 4, 1, loop), (0x013B, 2, 3, b"Ada"), following=8)
    assert said(data) == [("EXIF artist", "Ada")]
    assert said(tiff((0x013B, 2, 3, b"Ada"), following=99_999)) != []
    assert said(b"II*\0\x08\0\0\0\xff\xff" + b"\x3b\1\2\0\x03\0\0\0Ada\0") != []


def test_further_directories_are_read():
    """Those of the camera hang on a tag, thumbnails on a chain."""
    whole = exif({0x010E: "one"})
    whole.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0ada@example.org"
    places = [one.place for one in read_exif(whole.tobytes()) if ADA in one.text]
    assert "EXIF comment" in places


@pytest.mark.parametrize(
    "data", [b"", b"II*\0", b"XX*\0\x08\0\0\0", b"II*\0\xff\xff\xff\xff"]
)
def test_what_is_no_tiff_has_no_tags(data):
    """Nothing is raised."""
    assert said(data) == []


def test_values_that_stand_in_each_other_end_the_reading():
    """A small file cannot say much."""
    entry = struct.pack("<2H2L", 0x013B, 2, 50_000, 0)
    data = b"II*\0\x08\0\0\0\xff\xff" + entry * 4095
    assert sum(len(text) for _, text in said(data)) <= 2 * len(data)


@given(st.binary(max_size=200))
def test_any_octets_are_read(octets):
    """Nothing is raised."""
    list(read_exif(b"Exif\0\0II*\0\x08\0\0\0" + octets))
    list(read_iptc(octets))
    list(read_xmp(octets))


def test_a_packet_of_xmp_is_read_whether_whole_or_broken():
    """Where it is no XML, by its lines."""
    for packet in XMP, XMP.replace(b"</x:author>", b""), XMP[:-20]:
        assert any(ADA in one.text for one in read_xmp(packet + b"\0\0"))
        assert {one.kind for one in read_xmp(packet)} == {Kind.METADATA}


def test_packets_are_found_anywhere():
    """Several, and one that never ends."""
    assert len(list(xmp_packets(b"..." + XMP + b"..." + XMP))) >= 2
    assert list(xmp_packets(b"..<rdf:RDF ada")) == [b"<rdf:RDF ada"]
    assert list(xmp_packets(b"...")) == []


def test_records_of_iptc_are_read_each_for_itself():
    """Their lengths are no part of them, also when they look like letters."""
    long = "é".encode() * 20 + b" ada@example.org"
    texts = [one.text for one in read_iptc(iptc(b"Ada", long) + b"\x1c\2\x50\x7f\xff")]
    assert texts[:2] == ["Ada", long.decode()]


def test_metadata_is_given_by_its_lines():
    """Zeros at its end are filling."""
    texts = [one.text for one in read_metadata_text("a\n\nb\0\0", "x")]
    assert texts == ["a", "b"]


def test_pillow_agrees():
    """Its EXIF blocks are read."""
    octets = picture("JPEG", exif=exif({0x013B: ADA}))
    start = octets.index(b"Exif\0\0")
    assert any(one.text == ADA for one in read_exif(octets[start:]))
