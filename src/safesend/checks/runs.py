"""Runs of base64 and hexadecimal digits that hold a text.

A run is decoded at every alignment at which a readable text shows, so it may be a
part of a longer one, wrapped over lines, or stand between slashes and hyphens.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

__all__ = ["from_base64", "from_hexadecimal"]

_DIGIT = r"[A-Za-z0-9+/_\-]"
_RUN = re.compile(
    rf"(?>{_DIGIT}{{8,}}(?:={{0,2}}\r?\n[> \t]{{0,4}}{_DIGIT}{{4,}}){{0,100000}}"
    rf"(?:\r?\n[> \t]{{0,4}}{_DIGIT}{{2,3}}=)?)"
)
# Four digits of three ASCII characters: the high bit of each octet is 0, and the
# first is no control character. Or eight digits of three such characters in UTF-16.
_TEXT = re.compile(
    r"(?:[I-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589+/][A-Za-z0-9+/]){2}"
    r"|[I-Za-f][AQgw][AB][A-Za-z0-9+/]A[C-H][A-Za-z0-9+/]A"
)
# An at sign, then a full-width one, as the first, second and third octet of three, and
# which digit of four each pattern begins with. They also show UTF-16 and texts with
# few ASCII letters.
_AT = (
    (0, re.compile("Q[A-P]|77yg")),
    (1, re.compile("[EUk0][A-D]")),
    (2, re.compile(r"[BFJNRVZdhlptx159]A|\+8o")),
    (3, re.compile("vvK[A-D]")),
)
_ANY = re.compile("|".join((_TEXT.pattern, *(each.pattern for _, each in _AT))))
_FOR_FILES = str.maketrans("-_", "+/", "\r\n\t >=")

_HEX = "[0-9A-Fa-f]"
_HEX_RUN = re.compile(rf"(?>{_HEX}{{12,}})")
_TAIL = f"[89ABab]{_HEX}"
# Four characters of UTF-8 of which the first is ASCII, or three of UTF-16.
_HEX_TEXT = re.compile(
    rf"[2-7]{_HEX}(?:[2-7]{_HEX}|[CDcd]{_HEX}{_TAIL}|[Ee]{_HEX}{_TAIL}{_TAIL}){{3}}"
    rf"|(?:[2-7]{_HEX}00){{3}}"
)
_HEX_APART = re.compile(
    rf"(?<!{_HEX})(?>(?:0x|\\x)?{_HEX}{{2}}(?:(?:[ :,-]|, ?)(?:0x)?{_HEX}{{2}}){{5,}})"
    rf"(?!{_HEX})"
)
_PAIR = re.compile(rf"(?<![0-9A-Fa-f]){_HEX}{{2}}")


def from_base64(text: str) -> Iterator[tuple[str, int]]:
    """Texts in base64 or base64url (RFC 4648), and where their runs begin."""
    for hit in _RUN.finditer(text):
        if not _ANY.search(hit[0]):
            continue
        run = hit[0].translate(_FOR_FILES)
        for start in _alignments(run):
            length = (len(run) - start) // 4 * 4
            tail = run[start + length :]
            octets = binascii.a2b_base64(run[start : start + length])
            if len(tail) > 1:
                octets += binascii.a2b_base64(tail + "A" * (4 - len(tail)))[
                    : len(tail) - 1
                ]
            yield _decoded(octets), hit.start()


def from_hexadecimal(text: str) -> Iterator[tuple[str, int]]:
    """Texts in hexadecimal digits, also with a sign between the octets."""
    for hit in _HEX_RUN.finditer(text):
        run = hit[0]
        for start in sorted({found.start() % 2 for found in _HEX_TEXT.finditer(run)}):
            end = start + (len(run) - start) // 2 * 2
            yield _decoded(bytes.fromhex(run[start:end])), hit.start()
    for hit in _HEX_APART.finditer(text):
        yield _decoded(bytes.fromhex("".join(_PAIR.findall(hit[0])))), hit.start()


def _alignments(run: str) -> list[int]:
    found = {hit.start() % 4 for hit in _TEXT.finditer(run)}
    for digit, pattern in _AT:
        found.update((hit.start() - digit) % 4 for hit in pattern.finditer(run))
    return sorted(found)


def _decoded(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")
