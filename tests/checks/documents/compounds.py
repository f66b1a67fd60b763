"""Compound files, macros and embedded objects, written by hand (MS-CFB, MS-OVBA)."""

from __future__ import annotations

import struct

__all__ = ["compound", "native", "packed_macro"]

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_LEAST = 4096
"""Shorter streams stand in a stream of their own, which this writer does not make."""


def compound(streams: dict[str, bytes], storage: str = "") -> bytes:
    """A compound file of these streams, each filled up with zeros; all in a storage
    of this name when one is given.
    """
    table: list[int] = [_FAT]
    body = b""
    entries = []
    for name, content in streams.items():
        data = content.ljust(_LEAST, b"\0")
        count = -(-len(data) // _SECTOR)
        start = len(table)
        table += [*range(start + 1, start + count), _END]
        body += data.ljust(count * _SECTOR, b"\0")
        entries.append((name, 2, start, len(data)))
    directory = _directory(entries, storage)
    first = len(table)
    count = len(directory) // _SECTOR
    table += [*range(first + 1, first + count), _END]
    table += [_FREE] * (_SECTOR // 4 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<5H6x5L", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, first, 0, _LEAST)
    head += struct.pack("<4L", _END, 0, _END, 0)
    head += struct.pack("<L", 0) + struct.pack("<L", _FREE) * 108
    fat = struct.pack(f"<{len(table)}L", *table)
    return head + fat + body + directory


def _directory(entries: list[tuple[str, int, int, int]], storage: str) -> bytes:
    nodes = [("Root Entry", 5, _END, 0, 1, _FREE)]
    if storage:
        nodes.append((storage, 1, 0, 0, 2, _FREE))
    for number, (name, kind, start, size) in enumerate(entries, len(nodes)):
        last = number == len(nodes) - 1 + len(entries) - (number - len(nodes))
        nodes.append((name, kind, start, size, _FREE, _FREE if last else number + 1))
    name, kind, start, size, child, _ = nodes[-1]
    nodes[-1] = (name, kind, start, size, child, _FREE)
    octets = b"".join(_entry(*node) for node in nodes)
    return octets.ljust(-(-len(octets) // _SECTOR) * _SECTOR, b"\0")


def _entry(  # noqa: PLR0917
    name: str, kind: int, start: int, size: int, child: int, right: int
) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    head = wide.ljust(64, b"\0") + struct.pack("<HBB", len(wide), kind, 1)
    links = struct.pack("<3L", _FREE, right, child)
    return head + links + bytes(36) + struct.pack("<LQ", start, size)


def native(name: str, content: bytes) -> bytes:
    """An embedded file as the Packager of Windows writes it."""
    path = f"C:\\{name}".encode("cp1252")
    label = name.encode("cp1252") + b"\0" + path + b"\0"
    temporary = path + b"\0"
    inner = b"\2\0" + label + b"\0\0\3\0" + struct.pack("<L", len(temporary))
    inner += temporary + struct.pack("<L", len(content)) + content
    return struct.pack("<L", len(inner)) + inner


def packed_macro(source: bytes) -> bytes:
    """The stream of a module: its compiled form, then its source, in chunks of
    nothing but literal octets, and a copy where five letters come again.
    """
    chunks = b"\1"
    for start in range(0, len(source), 3000):
        part = source[start : start + 3000]
        tokens = b"".join(b"\0" + part[at : at + 8] for at in range(0, len(part), 8))
        chunks += struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens
    return b"\x01\x16\x03compiled" * 9 + chunks
