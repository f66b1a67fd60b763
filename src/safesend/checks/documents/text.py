"""Plain text: each line of it, and what was folded over lines put together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found, Piece

__all__ = ["lines", "read", "read_lines"]

# Base64 wrapped over lines (RFC 4648 section 3.1), and lines that end in "=", the soft
# break of quoted-printable (RFC 2045 section 6.7).
_WRAPPED = re.compile(
    r"(?:^[ \t>]{0,8}[A-Za-z0-9+/=_-]{16,}[ \t]{0,8}\r?\n){2,}", re.MULTILINE
)
_BROKEN = re.compile(r"(?:^[^\n]*=[ \t]*\r?\n)+[^\n]*", re.MULTILINE)
_FOLD = re.compile(r"[ \t>]*\r?\n[ \t>]*")
_SOFT = re.compile(r"=[ \t]*\r?\n")
_NEWLINE = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")


def read(file: File) -> Iterator[Found]:
    """A text file, in whatever charset."""
    yield from read_lines(decoded(file.data))
    if b"\0" in file.data:
        yield from read_octets(file.data)


def read_lines(text: str) -> Iterator[Found]:
    """A piece for each line; and one for what stands over several, as it is joined."""
    for number, line in lines(text):
        yield Piece(text=line, line=number)
    yield from _joined(text)


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    for number, line in enumerate(_NEWLINE.split(text), 1):
        if line and not line.isspace():
            yield number, line


def _joined(text: str) -> Iterator[Found]:
    for pattern, glue in (_WRAPPED, _FOLD), (_BROKEN, _SOFT):
        at = number = 0
        for block in pattern.finditer(text):
            number += text.count("\n", at, block.start())
            at = block.start()
            yield Piece(text=glue.sub("", block[0]), line=number + 1)
