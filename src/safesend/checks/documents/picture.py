"""Pictures of further formats: TIFF, WebP, HEIC, PSD ...: their metadata only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.documents.appended import read_appended
from safesend.checks.documents.exif import (
    read_exif,
    read_tiff_tags,
    read_xmp,
    xmp_packets,
)
from safesend.checks.documents.files import File
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found

__all__ = ["read_any", "read_tiff", "read_webp"]

_EXIF = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)")
_LONGEST_EXIF = 1 << 20
_MOST = 16


def read_tiff(file: File) -> Iterator[Found]:
    """The tags of every directory, and what looks like text anywhere."""
    yield from read_tiff_tags(file.data)
    yield from read_octets(file.data)


def read_webp(file: File) -> Iterator[Found]:
    """The chunks EXIF and XMP of a RIFF file, and what stands after its end."""
    size = int.from_bytes(file.data[4:8], "little")
    end, at = min(size + 8, len(file.data)), 12
    while at + 8 <= end:
        name = file.data[at : at + 4]
        length = int.from_bytes(file.data[at + 4 : at + 8], "little")
        content = file.data[at + 8 : at + 8 + length]
        if name == b"EXIF":
            yield from read_exif(content)
        elif name == b"XMP ":
            yield from read_xmp(content)
        elif name not in {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANMF"}:
            yield from read_octets(content)
        at += 8 + length + length % 2
    yield from read_appended(file, end)


def read_any(file: File) -> Iterator[Found]:
    """Blocks of EXIF and XMP wherever they stand, and what looks like text."""
    for count, mark in enumerate(_EXIF.finditer(file.data)):
        if count < _MOST:
            yield from read_exif(file.data[mark.start() : mark.end() + _LONGEST_EXIF])
    for packet in xmp_packets(file.data):
        yield from read_xmp(packet)
    yield from read_octets(file.data)
