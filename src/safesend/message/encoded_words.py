"""Encoded words: how a header says what ASCII cannot (RFC 2047)."""

from __future__ import annotations

import binascii
import functools
import re
from collections.abc import Callable

__all__ = ["decoded_words", "encode_words", "looks_encoded"]

_LONGEST = 75  # RFC 2047 section 2, delimiters included
_FRAME = len("=?utf-8?q??=")
_SMALLEST = 12  # the longest character takes 12 octets in Q, 8 in B

# RFC 2047 section 5 (3): the signs that are safe in a phrase are safe everywhere.
_Q_SAFE = re.compile(rb"[A-Za-z0-9!*+\-/]")
_Q = [
    bytes([octet]) if _Q_SAFE.match(bytes([octet])) else b"=%02X" % octet
    for octet in range(256)
]
_Q[ord(" ")] = b"_"
_Q_FRAME = b"=?utf-8?q?%b?="

_CHARSET = re.compile(
    r"utf-?(?:7|8|16|32)\w*|us-ascii|ascii|iso-?8859-?\d+|latin-?\d|windows-\d+|cp\d+"
    r"|koi8-\w|big5\w*|gb\w+|euc-\w+|shift_?jis|iso-2022-\w+",
    re.IGNORECASE,
)
_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bBqQ])\?([^?\n]*)\?=")


def looks_encoded(text: str) -> bool:
    """Whether a reader might take a part of the text for an encoded word."""
    return "=?" in text


def encode_words(text: str, room: int) -> list[bytes]:
    """The text as encoded words, of which the first has at most `room` octets.

    Each is UTF-8, has at most 75 octets and holds whole characters. B or Q is taken,
    whichever is shorter. A reader joins them without the blanks between them.
    """
    room = max(_SMALLEST, min(room, _LONGEST) - _FRAME)
    octets = text.encode()
    in_q = _q_form(octets)
    in_b = (len(octets) + 2) // 3 * 4
    if len(in_q) <= in_b:
        if len(in_q) <= room:
            return [_Q_FRAME % in_q]
        return [_Q_FRAME % _q_form(piece) for piece in _split_q(text, room)]
    if in_b <= room:
        return [_b_word(octets)]
    return [_b_word(piece) for piece in _split_b(text, room)]


def _q_form(octets: bytes) -> bytes:
    return b"".join(map(_Q.__getitem__, octets))


def _b_word(octets: bytes) -> bytes:
    return b"=?utf-8?b?%b?=" % binascii.b2a_base64(octets, newline=False)


def _split_q(text: str, room: int) -> list[bytes]:
    return _split(text, room, _LONGEST - _FRAME, _q_price)


def _split_b(text: str, room: int) -> list[bytes]:
    later = (_LONGEST - _FRAME) // 4 * 3
    return _split(text, room // 4 * 3, later, _b_price)


@functools.lru_cache(maxsize=1024)
def _q_price(character: str) -> int:
    return len(_q_form(character.encode()))


@functools.lru_cache(maxsize=1024)
def _b_price(character: str) -> int:
    return len(character.encode())


def _split(
    text: str, room: int, later: int, price: Callable[[str], int]
) -> list[bytes]:
    """Pieces of whole characters, each of a price that its word has room for."""
    pieces = []
    begin = used = 0
    for place, cost in enumerate(map(price, text)):
        if used + cost > room:
            pieces.append(text[begin:place].encode())
            begin, used, room = place, 0, later
        used += cost
    pieces.append(text[begin:].encode())
    return pieces


def decoded_words(text: str) -> list[str]:
    """What the encoded words in the text say, each read by itself.

    Reads more widely than RFC 2047, as hostile or lenient readers do. A word in an
    unknown charset is read as Latin-1, so that its control characters are seen.
    """
    return [_decoded(*match.groups()) for match in _WORD.finditer(text)]


def _decoded(charset: str, encoding: str, payload: str) -> str:
    octets = _octets(encoding, payload)
    if not _CHARSET.fullmatch(charset):
        return octets.decode("latin-1")
    try:
        return octets.decode(charset, "replace")
    except LookupError:
        return octets.decode("latin-1")


def _octets(encoding: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw + b"===")
    except binascii.Error:
        return b""
