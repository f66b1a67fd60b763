"""Encoded words: how a header says what ASCII cannot (RFC 2047)."""

from __future__ import annotations

import binascii
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
    in_q = sum(len(_Q[octet]) for octet in octets)
    in_b = (len(octets) + 2) // 3 * 4
    if in_q <= in_b:
        return [_q_word(piece) for piece in _split_q(text, room)]
    return [_b_word(piece) for piece in _split_b(text, room)]


def _q_word(octets: bytes) -> bytes:
    return b"=?utf-8?q?%b?=" % b"".join([_Q[octet] for octet in octets])


def _b_word(octets: bytes) -> bytes:
    return b"=?utf-8?b?%b?=" % binascii.b2a_base64(octets, newline=False)


def _split_q(text: str, room: int) -> list[bytes]:
    def cost(octets: bytes) -> int:
        return sum(len(_Q[octet]) for octet in octets)

    return _split(text, room, _LONGEST - _FRAME, cost)


def _split_b(text: str, room: int) -> list[bytes]:
    return _split(text, room // 4 * 3, (_LONGEST - _FRAME) // 4 * 3, len)


def _split(
    text: str, room: int, later: int, cost: Callable[[bytes], int]
) -> list[bytes]:
    pieces = [bytearray()]
    used = 0
    for character in text:
        octets = character.encode()
        price = cost(octets)
        if used + price > room:
            pieces.append(bytearray())
            used, room = 0, later
        pieces[-1] += octets
        used += price
    return [bytes(piece) for piece in pieces]


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
