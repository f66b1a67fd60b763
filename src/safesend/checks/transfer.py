"""Content transfer encodings, read as the most forgiving reader does (RFC 2045)."""

from __future__ import annotations

import binascii
import re
import string

import attrs

__all__ = ["Content", "decoded", "from_base64", "from_quoted", "from_uu"]

_ALPHABET = (string.ascii_letters + string.digits + "+/").encode()
_NOT_BASE64 = bytes({*range(256)} - {*_ALPHABET, *b"="})
_JUNK = bytes({*range(256)} - {*_ALPHABET, *b"= \t\r\n"})
_PADDING = re.compile(rb"=+")
_QUOTED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*(?:\r\n|\r|\n|\Z))")
# RFC 2045 section 6.7 (1): digits are capitals; other ones may be no code at all.
_UNQUOTED = re.compile(rb"=(?![0-9A-F]{2}|[ \t]*(?:\r|\n|\Z))")
_OCTET = {b"%02X" % octet: bytes([octet]) for octet in range(256)}
_BEGIN = re.compile(rb"begin(-base64)? [0-7]{3,4}[ \t]([^\r\n]{1,400})[ \t]*\Z")
_BREAK = re.compile(rb"\r\n|\r|\n")
_PLAIN = frozenset({"", "7bit", "8bit", "binary", "none", "7-bit", "8-bit"})
_UU = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})


@attrs.frozen
class Content:
    """Decoded octets, and whether readers may disagree about them: an encoding that no
    standard has, or octets that are not encoded as they should be.
    """

    octets: bytes
    damaged: bool = False


def decoded(body: bytes, encoding: str) -> Content:
    """The body without its transfer encoding; of an unknown one, as it stands."""
    encoding = encoding.strip().lower()
    if encoding in _PLAIN:
        return Content(body)
    if encoding == "base64":
        damaged = body.translate(None, _JUNK) != body
        return Content(from_base64(body), damaged)
    if encoding == "quoted-printable":
        return Content(from_quoted(body), _UNQUOTED.search(body) is not None)
    if encoding in _UU:
        found = from_uu(body)
        return Content(body if found is None else found[1], damaged=True)
    return Content(body, damaged=True)


def from_base64(octets: bytes) -> bytes:
    """What base64 says, whatever stands between its characters.

    Padding in the middle ends one run and begins the next; a character that is left
    over at the end of a run is dropped.
    """
    runs = _PADDING.split(octets.translate(None, _NOT_BASE64))
    return b"".join(map(_run, runs))


def _run(run: bytes) -> bytes:
    whole = len(run) - (len(run) % 4 == 1)
    return binascii.a2b_base64(run[:whole] + b"=" * (-whole % 4))


def from_quoted(octets: bytes) -> bytes:
    """What quoted-printable says; an equals sign that means nothing stays."""
    if b"=" not in octets:
        return octets
    return _QUOTED.sub(lambda hit: _OCTET[hit[1].upper()] if hit[1] else b"", octets)


def from_uu(octets: bytes) -> tuple[str, bytes] | None:
    """The name and content of the first uuencoded file, or None; lenient at its end."""
    lines = iter(_BREAK.split(octets))
    for line in lines:
        if line.startswith(b"begin") and (begin := _BEGIN.match(line)):
            name = begin[2].decode("utf-8", "replace").strip()
            rest = list(lines)
            return name, _from_lines(rest) if begin[1] is None else _until_equals(rest)
    return None


def _from_lines(lines: list[bytes]) -> bytes:
    found = []
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            if line.strip() == b"end":
                break
            continue
        octets = _uu_line(line)
        if octets is None:
            break
        found.append(octets)
    return b"".join(found)


def _uu_line(line: bytes) -> bytes | None:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders pad a line with what should not be there.
        size = ((line[0] - 32) & 63) * 4 + 5
        try:
            return binascii.a2b_uu(line[: size // 3])
        except binascii.Error:
            return None


def _until_equals(lines: list[bytes]) -> bytes:
    ends = (place for place, line in enumerate(lines) if line.startswith(b"===="))
    return from_base64(b"\n".join(lines[: next(ends, len(lines))]))
