"""GIF pictures: comments and what programs add (GIF89a, sections 23 to 26)."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.appended import read_appended
from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.exif import read_metadata_text, read_xmp, xmp_packets
from safesend.checks.documents.files import File
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found

__all__ = ["read"]

_EXTENSION, _PICTURE, _TRAILER = 0x21, 0x2C, 0x3B
_PLAIN, _COMMENT, _PROGRAM = 0x01, 0xFE, 0xFF


def read(file: File) -> Iterator[Found]:
    """The comments and packets of XMP of a GIF, and what stands after its end.

    Raises `Unreadable` when it has no end.
    """
    data = file.data
    at = 13 + _table(data[10:11])
    while at < len(data) and data[at] != _TRAILER:
        if data[at] == _EXTENSION:
            label = data[at + 1 : at + 2]
            content, end = _blocks(data, at + 2)
            yield from _extension(label, content, data[at:end])
        elif data[at] == _PICTURE:
            _, end = _blocks(data, at + 11 + _table(data[at + 9 : at + 10]))
        else:
            raise Unreadable("it is damaged")
        at = end
    if at >= len(data):
        raise Unreadable("it is damaged: it breaks off")
    yield from read_appended(file, at + 1)


def _table(flags: bytes) -> int:
    """Octets of the table of colours that the flags announce."""
    if not flags or not flags[0] & 0x80:
        return 0
    return int(3 << (flags[0] & 7) + 1)


def _blocks(data: bytes, at: int) -> tuple[bytes, int]:
    """The content of a chain of blocks, and the octet after it."""
    content: list[bytes] = []
    while at < len(data) and data[at]:
        content.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(content), at + 1


def _extension(label: bytes, content: bytes, raw: bytes) -> Iterator[Found]:
    if label in {bytes([_COMMENT]), bytes([_PLAIN])}:
        yield from read_metadata_text(decoded(content), "comment")
    elif label == bytes([_PROGRAM]):
        # XMP stands in the raw octets, without the lengths of blocks between them.
        for packet in xmp_packets(raw):
            yield from read_xmp(packet)
        yield from read_octets(content)
