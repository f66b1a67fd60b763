"""PNG pictures: the chunks that hold text (PNG, third edition, section 11.3.3)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from safesend.checks.documents.appended import read_appended
from safesend.checks.documents.budget import Budget, Unreadable
from safesend.checks.documents.exif import read_exif, read_metadata_text, read_xmp
from safesend.checks.documents.files import File
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found

__all__ = ["read"]

_SIGNATURE = 8
_FRAME = 12
"""Octets of a chunk besides its content: length, type, checksum."""
_LARGEST_TEXT = 16 << 20
_PIXELS = frozenset({b"IDAT", b"fdAT", b"PLTE", b"IHDR"})
_XMP = "XML:com.adobe.xmp"


def read(file: File) -> Iterator[Found]:
    """The texts of a PNG, and what stands after its end.

    Raises `Unreadable` when a chunk is longer than the file, or none is the last.
    """
    at = _SIGNATURE
    while len(head := file.data[at : at + 8]) == 8:  # noqa: PLR2004 - length, type
        size, name = struct.unpack(">L4s", head)
        yield from _chunk(name, file.data[at + 8 : at + 8 + size], file.budget)
        at += size + _FRAME
        if name == b"IEND":
            yield from read_appended(file, at)
            return
    raise Unreadable("it is damaged")


def _chunk(name: bytes, content: bytes, budget: Budget) -> Iterator[Found]:
    if name in {b"tEXt", b"zTXt", b"iTXt"}:
        yield from _text(name, content, budget)
    elif name == b"eXIf":
        yield from read_exif(content)
    elif name not in _PIXELS:
        yield from read_octets(content)


def _text(name: bytes, content: bytes, budget: Budget) -> Iterator[Found]:
    keyword, _, rest = content.partition(b"\0")
    if name == b"zTXt":
        octets = _inflated(rest[1:], budget)
    elif name == b"iTXt":
        packed = rest[:1] == b"\1"
        octets = b"\n".join(rest[2:].split(b"\0", 2)[:2]).strip()
        body = rest[2:].split(b"\0", 2)[-1]
        octets += b"\n" + (_inflated(body, budget) if packed else body)
    else:
        octets = rest
    key = keyword.decode("latin-1")
    if key == _XMP:
        yield from read_xmp(octets)
    else:
        yield from read_metadata_text(key, "text")
        yield from read_metadata_text(_decoded(octets), f"text {key[:80]}")


def _decoded(octets: bytes) -> str:
    return (
        octets.decode("utf-8", "replace")
        if _is_utf_8(octets)
        else octets.decode("latin-1")
    )


def _is_utf_8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _inflated(octets: bytes, budget: Budget) -> bytes:
    """What is compressed, as far as it is whole; no more than any text needs."""
    packer = zlib.decompressobj()
    try:
        out = packer.decompress(octets, _LARGEST_TEXT)
    except zlib.error:
        return octets
    budget.unpack(len(out))
    if packer.unconsumed_tail:
        raise Unreadable("it swells without measure when unpacked")
    return out
