"""Octets in the armour of letters: OpenPGP (RFC 9580 section 6), PEM (RFC 7468)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File
from safesend.checks.documents.octets import read_octets
from safesend.checks.documents.text import lines
from safesend.checks.piece import Found, Note, NoteKind, Piece

__all__ = ["read"]

_BLOCK = re.compile(
    r"^-----BEGIN ([A-Z0-9 ]{1,60})-----[ \t]*\r?\n([^-]*)", re.MULTILINE
)
_ENVELOPED = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
"""1.2.840.113549.1.7.3, the object identifier of EnvelopedData (RFC 5652)."""
_ENCRYPTED = ("PGP MESSAGE", "AGE ENCRYPTED FILE", "ENCRYPTED")


def read(file: File) -> Iterator[Found]:
    """The lines as they stand, and the octets of each block; OpenPGP keys and
    certificates hold addresses in clear, encrypted messages hold nobody knows what.
    """
    text = decoded(file.data)
    for number, line in lines(text):
        yield Piece(text=line, line=number)
    for block in _BLOCK.finditer(text):
        data = _octets(block[2])
        if block[1].startswith(_ENCRYPTED) or _ENVELOPED in data[:64]:
            yield Note(kind=NoteKind.UNREADABLE, what="it is encrypted")
        yield from read_octets(data)


def _octets(body: str) -> bytes:
    """The octets of a block: its headers end at a blank line, a checksum ends it."""
    head, blank, rest = body.replace("\r", "").partition("\n\n")
    letters = rest if blank and ":" in head else body
    try:
        return binascii.a2b_base64(letters.partition("\n=")[0] + "===")
    except (binascii.Error, ValueError):
        return b""
