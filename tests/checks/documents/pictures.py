"""Pictures with metadata, made by Pillow and by hand."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

__all__ = ["XMP", "block", "chunk", "exif", "iptc", "picture", "png", "segment"]

XMP = (
    b'<?xpacket begin="" id="x"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b"<x:author>ada@example.org</x:author></x:xmpmeta><?xpacket end='w'?>"
)


def picture(form: str, **options: Any) -> bytes:
    """A small picture as Pillow writes it."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, form, **options)
    return out.getvalue()


def exif(tags: dict[int, Any]) -> Image.Exif:
    """Tags for Pillow to write."""
    made = Image.Exif()
    for number, value in tags.items():
        made[number] = value
    return made


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return (
        struct.pack(">L", len(data))
        + name
        + data
        + struct.pack(">L", zlib.crc32(name + data))
    )


def png(*chunks: bytes) -> bytes:
    """A PNG of these chunks, and an end."""
    return b"".join([b"\x89PNG\r\n\x1a\n", *chunks, chunk(b"IEND", b"")])


def segment(marker: int, data: bytes) -> bytes:
    """One segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def block(label: int, *parts: bytes) -> bytes:
    """An extension of a GIF."""
    chain = b"".join(bytes([len(part)]) + part for part in parts)
    return b"!" + bytes([label]) + chain + b"\0"


def iptc(*values: bytes) -> bytes:
    """Records of IPTC in a block of Photoshop."""
    records = b"".join(
        b"\x1c\2\x50" + struct.pack(">H", len(value)) + value for value in values
    )
    return b"Photoshop 3.0\x008BIM\4\4\0\0" + struct.pack(">L", len(records)) + records
