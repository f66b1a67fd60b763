"""The source of macros, which Office keeps compressed (MS-OVBA section 2.4.1)."""

from __future__ import annotations

from safesend.checks.documents.budget import Budget

__all__ = ["macro_source"]

_MARK = b"\0Attribut"
"""The first eight letters of every module's source, behind the flags of its tokens."""
_BEFORE = 3
"""Octets of a container before them: its signature, and the header of a chunk."""
_CHUNK = 4096


def macro_source(stream: bytes, budget: Budget) -> str:
    """The source in the stream of a module; "" when there is none."""
    start = stream.find(_MARK) - _BEFORE
    if start < 0:
        return ""
    source = bytearray()
    at = start + 1
    while at + 2 <= len(stream):
        header = int.from_bytes(stream[at : at + 2], "little")
        end = at + (header & 0x0FFF) + 3
        if header >> 12 & 7 != 3:  # noqa: PLR2004 - the signature of a chunk
            break
        chunk = stream[at + 2 : end]
        plain = _unpacked(chunk) if header & 0x8000 else chunk
        budget.unpack(len(plain))
        source += plain
        at = end
    return source.decode("cp1252", "replace")


def _unpacked(chunk: bytes) -> bytes:
    """One chunk: octets as they are, and copies of what came before in it."""
    out = bytearray()
    at = 0
    while at < len(chunk) and len(out) < _CHUNK:
        flags, at = chunk[at], at + 1
        for bit in range(8):
            if at >= len(chunk):
                break
            if flags >> bit & 1:
                if not _copy(out, int.from_bytes(chunk[at : at + 2], "little")):
                    return bytes(out)
                at += 2
            else:
                out.append(chunk[at])
                at += 1
    return bytes(out[:_CHUNK])


def _copy(out: bytearray, token: int) -> bool:
    """Copies what a token says (2.4.1.3.19.1); False when there is nothing there."""
    bits = max((len(out) - 1).bit_length(), 4)
    length = (token & (0xFFFF >> bits)) + 3
    start = len(out) - (token >> 16 - bits) - 1
    if start < 0 or bits > 12:  # noqa: PLR2004 - positions in a chunk
        return False
    for index in range(start, start + length):
        out.append(out[index])
    return True
