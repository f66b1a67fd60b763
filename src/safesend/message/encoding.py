"""Body octets: quoted-printable for texts, base64 for files.

Both alphabets leave out the two octets `=_` in a row, so that a boundary that begins
with them can never occur in a part (RFC 2045 section 6.7, RFC 2046 section 5.1.1).
"""

from __future__ import annotations

import binascii
import re

from safesend.errors import TemplateError

__all__ = ["SOFT_BREAK", "base64_lines", "plain_value", "quoted_printable"]

SOFT_BREAK = b"=\r\n"
"""Ends a line of quoted-printable without ending the line of the text."""

# RFC 2045 section 6.7 allows 76 octets with the "=" of a soft break. One is kept free
# on every line, so that any line can be followed by a soft break.
_ROOM = 75
_BASE64_OCTETS = 57  # make a line of 76 (RFC 2045 section 6.8)

# All octets that stand for themselves, and LF, by which the lines are told.
_LITERAL = bytes(
    octet for octet in b"\t\n" + bytes(range(32, 127)) if octet != ord("=")
)

# A dot at the start of a line is doubled on the wire, "From " is changed by mbox
# writers, and "-" could begin a delimiter: as "=2E", "=46" and "=2D" they are safe.
_FRAGILE = frozenset(b".-")
_FROM = b"From "
_CLOSER_LOOK = frozenset({b".", b"-", b"F"})

_HEX = [b"=%02X" % octet for octet in range(256)]

# The same in a text, in HTML and in quoted-printable: it fits on one line, and holds
# none of the signs with which other tools mark their placeholders.
plain_value = re.compile(
    r"(?!From )[ !#(),/-;?-z~][ !#(),\-./-;?-z~]{0,74}(?<! )"
).fullmatch
"""Tells whether a value may stand in any body as it is, on a line of its own."""

_SHORT = 25  # characters that fit on one line as three octets each
_VISIBLE = bytes(range(ord("!"), ord("~") + 1)).replace(b"=", b"")
_QUOTED = [
    bytes([octet]) if octet in b" " + _VISIBLE else _HEX[octet] for octet in range(256)
]


def quoted_printable(text: str, part: str = "") -> bytes:
    """The text as UTF-8 in quoted-printable (RFC 2045 section 6.7).

    Lines end in CRLF and have at most 75 octets, or 76 with the "=" of a soft break;
    none begins with a dot, a hyphen or "From ", none ends in a blank. Raises
    `TemplateError` for NUL and lone surrogates, which no mail can carry.
    """
    if len(text) <= _SHORT and (quoted := _short_quoted(text)) is not None:
        return quoted
    # Budget: 12 us for 2 KB. No expression is run over the text: octets are counted
    # out and replaced, and most lines are only measured.
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        octets = text.encode()
    except UnicodeEncodeError:  # It holds the text: nothing is raised from here.
        octets = b"\0"
    if b"\0" in octets:
        reason = "holds a NUL or half of a surrogate pair, which no mail can carry"
        raise TemplateError(reason, part)
    return b"\r\n".join(
        [
            line
            if len(line) <= _ROOM and line[:1] not in _CLOSER_LOOK
            else _wrapped(line)
            for line in _escaped(octets).split(b"\n")
        ]
    )


def _short_quoted(text: str) -> bytes | None:
    """A short value on one line, octet by octet; None for what needs a closer look."""
    if not text.isprintable() or text.startswith((".", "-", "From ")):
        return None
    if not text or text[-1] == " ":
        return None
    quoted = b"".join(map(_QUOTED.__getitem__, text.encode()))
    return quoted if len(quoted) <= _ROOM else None


def _escaped(octets: bytes) -> bytes:
    """What does not stand for itself as "=XX", and the blanks at the end of a line."""
    strange = set(octets.translate(None, _LITERAL))
    if ord("=") in strange:  # before others bring some of their own
        octets = octets.replace(b"=", b"=3D")
        strange.remove(ord("="))
    for octet in strange:
        octets = octets.replace(bytes([octet]), _HEX[octet])
    # A blank at the end of a line may be lost on the way (RFC 2045 section 6.7 (3)).
    octets = octets.replace(b" \n", b"=20\n").replace(b"\t\n", b"=09\n")
    if octets.endswith((b" ", b"\t")):
        octets = octets[:-1] + _HEX[octets[-1]]
    return octets


def _wrapped(line: bytes) -> bytes:
    if line[:1] not in _CLOSER_LOOK and len(line) > _ROOM:
        # Most lines are two, and neither begins with what is to be looked at.
        end = _before_escape(line, _ROOM)
        rest = line[end:]
        if len(rest) <= _ROOM and rest[:1] not in _CLOSER_LOOK:
            return line[:end] + SOFT_BREAK + rest
    lines = []
    start = 0
    while True:
        head = b""
        if line[start] in _FRAGILE or line.startswith(_FROM, start):
            head = _HEX[line[start]]
            start += 1
        room = _ROOM - len(head)
        if len(line) - start <= room:
            lines.append(head + line[start:])
            return SOFT_BREAK.join(lines)
        end = _before_escape(line, start + room)
        lines.append(head + line[start:end])
        start = end


def _before_escape(line: bytes, end: int) -> int:
    """The nearest place, at or before `end`, that is not inside an "=XX"."""
    if line[end - 1] == ord("="):
        return end - 1
    if line[end - 2] == ord("="):
        return end - 2
    return end


def base64_lines(data: bytes) -> bytes:
    """The data in base64, 76 octets a line, each line ended by CRLF."""
    view = memoryview(data)
    encode = binascii.b2a_base64
    lines = [
        encode(view[start : start + _BASE64_OCTETS], newline=False)
        for start in range(0, len(view), _BASE64_OCTETS)
    ]
    lines.append(b"")
    return b"\r\n".join(lines)
