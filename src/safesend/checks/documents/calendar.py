"""Calendars and contact cards: lines of a name, parameters and a value.

iCalendar is RFC 5545, vCard RFC 6350 (4.0), RFC 2426 (3.0) and the older 2.1.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator

from safesend.checks.documents.charsets import decoded
from safesend.checks.documents.files import File, read_inner
from safesend.checks.documents.text import lines
from safesend.checks.piece import Found, Piece

__all__ = ["read"]

# RFC 5545 section 3.1: a line goes on where the next one begins with a blank. vCard 2.1
# ends a line with "=" instead when its value is in quoted-printable.
_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_SOFT = re.compile(r"=[ \t]{0,80}(?:\r\n|\n|\r)")
_QUOTED = re.compile(r"[;=]quoted-printable", re.IGNORECASE)
_NAME = re.compile(r"(?:[A-Za-z0-9-]{1,80}\.)?([A-Za-z0-9-]{1,80})")
_BASE64 = re.compile(
    r"(?:encoding=|;)(?:b|base64)[;:]|:data:[^,\r\n]{0,200};base64,", re.IGNORECASE
)
_LETTERS = re.compile(r"[A-Za-z0-9+/]*={0,3}")
_FILE_NAME = re.compile(
    r"(?:filename|x-apple-filename)=\"?([^\";:]{1,255})", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\([nN,;:\\])|\^([n'^])")
_PLAIN = {"n": "\n", "N": "\n", "'": '"'}


def read(file: File) -> Iterator[Found]:
    """A piece a property, its place the name: ATTENDEE, EMAIL; and the files inside."""
    text = _FOLD.sub("", decoded(file.data))
    if _QUOTED.search(text):
        text = _SOFT.sub("", text)
    for number, line in lines(text):
        yield from _property(file, line, number)


def _property(file: File, line: str, number: int) -> Iterator[Found]:
    named = _NAME.match(line)
    name = named[1].upper() if named else ""
    head, _, value = line.partition(":")
    if (packed := _BASE64.search(line[:2000])) and (data := _octets(line, packed)):
        titled = _FILE_NAME.search(head)
        yield Piece(place=name, text=line[: packed.end()], line=number)
        yield from read_inner(file.inner(titled[1] if titled else "", data), name)
        return
    if _QUOTED.search(head):
        value = decoded(quopri.decodestring(value.encode()))
        line = f"{head}:{value}"
    yield Piece(place=name, text=_ESCAPED.sub(_unescaped, line), line=number)


def _octets(line: str, packed: re.Match[str]) -> bytes:
    """What the value says in base64; nothing when it is none."""
    value = line[packed.end() :]
    if ":" in value[:1000]:  # more parameters stand before it
        value = value.partition(":")[2]
    letters = "".join(value.split())
    if not _LETTERS.fullmatch(letters):
        return b""
    try:
        return binascii.a2b_base64(letters + "===")
    except binascii.Error:
        return b""


def _unescaped(escape: re.Match[str]) -> str:
    sign: str = escape[1] or escape[2]
    return _PLAIN.get(sign, sign)
