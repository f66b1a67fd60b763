"""Octets of an unknown format: the runs of characters in which something may hide."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safesend.checks.documents.charsets import decoded
from safesend.checks.piece import Found, Kind, Piece

__all__ = ["read_octets"]

_PLACE = "raw octets"

_LEAST = 6
_AROUND = 320
"""How far around a sign is looked: an address has at most 254 octets (RFC 5321)."""
_LONGEST = 1 << 16

# An at sign, plain or in disguise, and what may be base64 or hexadecimal.
_SIGN = re.compile(
    rb"@|%40|%2540|&#|&commat|=40|=\?|\\(?:u0040|x40|100|40)|\+AEA-"
    rb"|[\[({<][Aa][Tt][\])}>]|\xef\xbc\xa0|\xef\xb9\xab"
    rb"|[A-Za-z0-9+/_=-]{16,65536}"
)
_BEFORE = re.compile(rb"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*")
_DOT = re.compile(
    rb"\.|dot|localhost|\xe3\x80\x82|\xef\xbc\x8e|\xef\xbd\xa1|%2e|&#", re.IGNORECASE
)
_LITTLE = re.compile(rb"(?:[\t\n\r\x20-\x7e\xa0-\xff]\x00){%d,%d}" % (_LEAST, _LONGEST))
_BIG = re.compile(rb"(?:\x00[\t\n\r\x20-\x7e\xa0-\xff]){%d,%d}" % (_LEAST, _LONGEST))


def read_octets(data: bytes) -> Iterator[Found]:
    """Runs of ASCII, UTF-8, Windows-1252 and UTF-16 that hold an at sign, a disguise
    of one, or what may be base64; each with what stands around it.
    """
    for run in _narrow(data):
        yield Piece(place=_PLACE, text=decoded(run), kind=Kind.OCTETS)
    for pattern, charset in (_LITTLE, "utf-16-le"), (_BIG, "utf-16-be"):
        for run in _wide(data, pattern):
            text = run.decode(charset)
            if _SIGN.search(text.encode()):
                yield Piece(place=_PLACE, text=text, kind=Kind.OCTETS)


def _narrow(data: bytes) -> Iterator[bytes]:
    at = 0
    while sign := _SIGN.search(data, at):
        before = data[max(sign.start() - _AROUND, 0) : sign.start()][::-1]
        begin = sign.start() - len(_matched(before))
        end = sign.end() + len(_matched(data[sign.end() : sign.end() + _AROUND]))
        at = max(end, sign.end())
        run = data[begin:end]
        if len(run) >= _LEAST and (_DOT.search(run) or sign[0] != b"@"):
            yield run


def _matched(octets: bytes) -> bytes:
    found = _BEFORE.match(octets)
    return found[0] if found else b""


def _wide(data: bytes, pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    at = 0
    while run := pattern.search(data, at):
        yield run[0]
        full = len(run[0]) >= 2 * _LONGEST
        at = run.end() - 2 * _AROUND if full else run.end()
