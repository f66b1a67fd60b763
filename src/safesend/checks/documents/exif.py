"""Metadata of pictures: EXIF (a TIFF directory, CIPA DC-008), XMP, IPTC, comments."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from xml.parsers import expat

import attrs

from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.markup import read_xml
from safesend.checks.documents.octets import read_octets
from safesend.checks.documents.text import lines
from safesend.checks.piece import Found, Kind, Piece

__all__ = [
    "read_exif",
    "read_iptc",
    "read_metadata_text",
    "read_tiff_tags",
    "read_xmp",
    "xmp_packets",
]

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 9: 4, 13: 4, 16: 8, 18: 8}
_ASCII, _UNDEFINED = 2, 7
_RAW = frozenset({1, _UNDEFINED})
"""Octets; some programs write a comment as the first kind."""
_DIRECTORIES = {0x8769, 0x8825, 0xA005, 0x014A}
"""Tags that point to further directories: Exif, GPS, interoperability, sub-pictures."""
_XMP, _IPTC, _PHOTOSHOP = 0x02BC, 0x83BB, 0x8649
_NAMES = {
    0x010D: "document name",
    0x010E: "description",
    0x0131: "software",
    0x013B: "artist",
    0x013C: "computer",
    0x8298: "copyright",
    0x9286: "comment",
    0x9C9B: "title",
    0x9C9C: "comment",
    0x9C9D: "author",
    0x9C9E: "keywords",
    0x9C9F: "subject",
    0xA430: "owner",
}
_WINDOWS = range(0x9C9B, 0x9CA0)
"""Tags of Windows: UTF-16 in octets."""
_MOST_DIRECTORIES, _MOST_TAGS = 64, 4096

_RECORD = re.compile(rb"\x1c[\x01-\x09].([\x00-\x7f].)", re.DOTALL)
_PACKET = re.compile(rb"<x:xmpmeta[\s>]|<rdf:RDF[\s>]|<\?xpacket begin")
_PACKET_END = re.compile(rb"</x:xmpmeta>|<\?xpacket end")


def read_metadata_text(text: str, place: str) -> Iterator[Found]:
    """A text about a picture, by its lines."""
    for _, line in lines(text.strip("\0")):
        yield Piece(place=place, text=line, kind=Kind.METADATA)


def read_exif(data: bytes) -> Iterator[Found]:
    """The texts of an EXIF block, tag by tag, and what else looks like text in it."""
    block = data.removeprefix(b"Exif\0\0")
    yield from read_tiff_tags(block)
    yield from _as_metadata(read_octets(block), "EXIF")


def read_xmp(data: bytes) -> Iterator[Found]:
    """A packet of XMP (ISO 16684-1); where it is not well-formed, its lines."""
    packet = data.strip(b"\0 \r\n\t")
    try:
        yield from _as_metadata(read_xml(packet), "XMP")
    except (expat.ExpatError, Unreadable):
        yield from read_metadata_text(decoded(packet), "XMP")


def read_iptc(data: bytes) -> Iterator[Found]:
    """The records of IPTC-IIM 4.2 wherever they stand, and what else looks like text.

    Each is a mark, two numbers, the length of its value in two octets, the value.
    """
    at = 0
    while record := _RECORD.search(data, at):
        at = record.end() + int.from_bytes(record[1], "big")
        if at > len(data):
            at = record.start() + 1
        else:
            yield from read_metadata_text(decoded(data[record.end() : at]), "IPTC")
    yield from _as_metadata(read_octets(data), "IPTC")


def xmp_packets(data: bytes) -> Iterator[bytes]:
    """The packets of XMP anywhere in the octets, as programs without a reader for the
    format look for them (ISO 16684-1 annex A).
    """
    at = 0
    while start := _PACKET.search(data, at):
        end = _PACKET_END.search(data, start.end())
        at = end.end() if end else len(data)
        yield data[start.start() : at]


def _as_metadata(found: Iterator[Found], place: str) -> Iterator[Found]:
    for one in found:
        if isinstance(one, Piece):
            inside = f"{place}, {one.place}" if one.place else place
            yield attrs.evolve(one, kind=Kind.METADATA, place=inside, line=0)
        else:
            yield attrs.evolve(one, place=place)


def read_tiff_tags(data: bytes) -> Iterator[Found]:
    """The texts of all directories of a TIFF file (TIFF 6.0 section 2).

    Loops, and values that stand in each other, end the reading; nothing is raised.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:  # noqa: PLR2004 - its header
        return
    room = 2 * len(data)
    waiting = [struct.unpack_from(f"{order}L", data, 4)[0]]
    seen = set[int]()
    while waiting and len(seen) < _MOST_DIRECTORIES:
        offset = waiting.pop()
        if offset not in seen:
            seen.add(offset)
            for tag in _Tag.all_at(data, offset, order):
                room -= len(tag.value)
                if room < 0:
                    return
                waiting += tag.directories()
                yield from tag.read()
            waiting += _next_directory(data, offset, order)


@attrs.frozen
class _Tag:
    """One entry of a directory, its value still octets."""

    number: int
    kind: int
    value: bytes = attrs.field(repr=False)
    order: str

    @classmethod
    def all_at(cls, data: bytes, offset: int, order: str) -> Iterator[_Tag]:
        for index in range(_count(data, offset, order)):
            start = offset + 2 + 12 * index
            entry = data[start : start + 12]
            if len(entry) < 12:  # noqa: PLR2004 - the size of an entry
                return
            number, kind, count, place = struct.unpack(f"{order}2H2L", entry)
            size = _SIZES.get(kind, 0) * count if _is_read(number, kind) else 0
            value = entry[8 : 8 + size] if size <= 4 else data[place : place + size]  # noqa: PLR2004
            yield cls(number, kind, value, order)

    def directories(self) -> list[int]:
        if self.number not in _DIRECTORIES:
            return []
        whole = min(len(self.value) // 4, _MOST_DIRECTORIES)
        return [*struct.unpack(f"{self.order}{whole}L", self.value[: whole * 4])]

    def read(self) -> Iterator[Found]:
        if self.number == _XMP:
            yield from read_xmp(self.value)
        elif self.number in {_IPTC, _PHOTOSHOP}:
            yield from read_iptc(self.value)
        elif text := self._text():
            name = _NAMES.get(self.number, f"tag {self.number}")
            yield from read_metadata_text(text, f"EXIF {name}")

    def _text(self) -> str:
        if self.number in _WINDOWS:
            return self.value.decode("utf-16-le", "replace")
        if self.kind == _ASCII:
            return decoded(self.value)
        if self.kind in _RAW and self.value.startswith(b"ASCII\0\0\0"):
            return decoded(self.value[8:])
        if self.kind in _RAW and self.value.startswith(b"UNICODE\0"):
            charset = "utf-16-le" if self.order == "<" else "utf-16-be"
            return self.value[8:].decode(charset, "replace")
        return ""


def _is_read(number: int, kind: int) -> bool:
    """Whether the value is looked at; those of pixels are not."""
    known = {*_DIRECTORIES, *_NAMES, _XMP, _IPTC, _PHOTOSHOP}
    return number in known or kind in {_ASCII, _UNDEFINED}


def _count(data: bytes, offset: int, order: str) -> int:
    head = data[offset : offset + 2]
    size = struct.unpack(f"{order}H", head)[0] if len(head) == 2 else 0  # noqa: PLR2004
    return min(size, _MOST_TAGS)


def _next_directory(data: bytes, offset: int, order: str) -> list[int]:
    place = offset + 2 + 12 * _count(data, offset, order)
    head = data[place : place + 4]
    following = struct.unpack(f"{order}L", head)[0] if len(head) == 4 else 0  # noqa: PLR2004
    return [following] if following else []
