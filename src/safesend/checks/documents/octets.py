"""Octets of an unknown format: the runs of characters in which something may hide."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.documents.charsets import decoded
from safesend.checks.piece import Kind, Piece

__all__ = ["read_octets"]

_PLACE = "raw octets"

_LEAST = 6
_AROUND = 320
"""How far around a sign is looked: an address has at most 254 octets (RFC 5321)."""
_LONGEST = 1 << 16

# An at sign, plain or in disguise, and what may be base64 or hexadecimal.
_SIGN = re.compile(
    rb"@|%(?:25|40|3[Dd]|26|5[Cc]|[Ee][Ff]|u00)|&(?:#|amp|commat)|=(?:40|\?|26|25|EF)"
    rb"|\\(?:u00|x40|100|40)|\+A[EG]|\s(?:AT|at|DOT|dot)\s|[\[({<](?:AT|at|At)[\])}>]"
    rb"|\xef\xbc\xa0|\xef\xb9\xab|[A-Za-z0-9+/_=-]{12,65536}"
)
_READABLE = re.compile(rb"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*")
# A lone at sign without a dot near it is noise: every 256th octet is one.
_DOT = re.compile(
    rb"[.&%=\\]|dot|localhost|\xe3\x80\x82|\xef\xbc\x8e|\xef\xbd\xa1", re.IGNORECASE
)
_LITTLE = re.compile(rb"(?:[\t\n\r\x20-\x7e\xa0-\xff]\x00){%d,%d}" % (_LEAST, _LONGEST))
_BIG = re.compile(rb"(?:\x00[\t\n\r\x20-\x7e\xa0-\xff]){%d,%d}" % (_LEAST, _LONGEST))
_ZEROS = re.compile(rb"\x00{4,}")
_GLUED = re.compile(r"[!-~][^\s@]{1,64}@")


def read_octets(data: bytes) -> Iterator[Piece]:
    """Runs of ASCII, UTF-8, Windows-1252 and UTF-16 that hold an at sign, a disguise
    of one, or what may be base64; each with what stands around it.

    Many formats write the length of a text in front of it, in an octet that may look
    like a figure or letter: a run that may begin so is given without it as well.
    """
    for text in _texts(_ZEROS.sub(b"\0\0\0", data)):
        yield Piece(place=_PLACE, text=text, kind=Kind.OCTETS)
        if _GLUED.match(text) and ord(text[0]) < len(text):
            yield Piece(place=_PLACE, text=text[1:], kind=Kind.OCTETS)


def _texts(data: bytes) -> Iterator[str]:
    for run in _narrow(data):
        text = run.decode("utf-8", "replace")
        if "\ufffd" in text:
            yield decoded(run)
        yield text.replace("\ufffd", " ").strip()
    for pattern, charset in (_LITTLE, "utf-16-le"), (_BIG, "utf-16-be"):
        for run in _wide(data, pattern):
            text = run.decode(charset)
            if _SIGN.search(text.encode()):
                yield text


def _narrow(data: bytes) -> Iterator[bytes]:
    at = 0
    while sign := _SIGN.search(data, at):
        before = data[max(sign.start() - _AROUND, 0) : sign.start()][::-1]
        begin = sign.start() - len(_readable(before))
        at = _end(data, sign.end())
        run = data[begin:at]
        if len(run) >= _LEAST and (sign[0] != b"@" or _DOT.search(run)):
            yield run


def _end(data: bytes, at: int) -> int:
    """Where a run ends: so far behind its last sign, or where it is unreadable."""
    last = min(len(data), at + _LONGEST)
    end = at + len(_readable(data[at : at + _AROUND]))
    while end < last and (sign := _SIGN.search(data, at, end)):
        at = sign.end()
        end = at + len(_readable(data[at : at + _AROUND]))
    return end


def _readable(octets: bytes) -> bytes:
    found = _READABLE.match(octets)
    return found[0] if found else b""


def _wide(data: bytes, pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    at = 0
    while run := pattern.search(data, at):
        yield run[0]
        cut = len(run[0]) >= 2 * _LONGEST
        at = run.end() - 2 * _AROUND if cut else run.end()
