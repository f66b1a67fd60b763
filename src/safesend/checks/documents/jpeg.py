"""JPEG pictures: EXIF, XMP, IPTC and comments in the segments (ITU-T T.81 annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.documents.appended import read_appended
from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.exif import (
    read_exif,
    read_iptc,
    read_metadata_text,
    read_xmp,
)
from safesend.checks.documents.files import File
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found

__all__ = ["read"]

_END, _APP1, _APP13, _APP15, _COMMENT = 0xD9, 0xE1, 0xED, 0xEF, 0xFE
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_MORE_XMP_HEADER = 40
"""Octets of digest, length and offset before each part (XMP part 3, 1.1.3.1)."""

# In the picture itself FF is followed by 00 or by a restart marker (T.81 B.1.1.5).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def read(file: File) -> Iterator[Found]:
    """The metadata of a JPEG, and what stands after its end.

    One that breaks off is shown all the same; its octets are searched.
    """
    extension: list[bytes] = []
    at = 2
    while found := _MARKER.search(file.data, at):
        marker, at = found[0][1], found.end()
        if marker == _END:
            break
        size = int.from_bytes(file.data[at : at + 2], "big")
        segment = file.data[at + 2 : at + size]
        if segment.startswith(_MORE_XMP):
            extension.append(segment[len(_MORE_XMP) + _MORE_XMP_HEADER :])
        elif _APP1 <= marker <= _APP15 or marker == _COMMENT:
            yield from _segment(marker, segment)
        at += max(size, 2)
    if extension:
        yield from read_xmp(b"".join(extension))
    yield from read_appended(file, at) if found else read_octets(file.data)


def _segment(marker: int, content: bytes) -> Iterator[Found]:
    if content.startswith(b"Exif\0\0"):
        yield from read_exif(content)
    elif content.startswith(_XMP):
        yield from read_xmp(content.removeprefix(_XMP))
    elif marker == _COMMENT:
        yield from read_metadata_text(decoded(content), "comment")
    elif marker == _APP13:
        yield from read_iptc(content)
    else:
        yield from read_octets(content)
