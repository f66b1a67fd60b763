"""Plain text: notes, logs, source, settings, in whatever charset."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from safesend.checks.documents.budget import Exhausted
from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Found
from safesend.checks.plain_text import read_text

__all__ = ["lines", "read"]

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_NEWLINE = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")


def read(file: File) -> Iterator[Found]:
    """The lines of a text file, and what is folded up in it."""

    def read_folded(name: str, data: bytes) -> Iterator[Found]:
        return read_inner(file.inner(name, data))

    text = decoded(file.data)
    if len(text) > file.budget.text:
        raise Exhausted("it holds more text than safesend reads")
    yield from read_text(text, unit="", read_file=read_folded)
    if b"\0" in file.data and not file.data.startswith(_MARKS):
        # That it is UTF-16 was a guess; what the octets say besides is looked at too.
        known = "".join(text.split())
        for piece in read_octets(file.data):
            if "".join(piece.text.split()) not in known:
                yield piece


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    for number, line in enumerate(_NEWLINE.split(text), 1):
        if line and not line.isspace():
            yield number, line
