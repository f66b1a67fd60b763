"""Octets -> text, whatever the charset: nobody says which one a file is in."""

from __future__ import annotations

import codecs
import unicodedata

__all__ = ["decoded", "looks_like_text"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as the mark of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4096
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\b\t\n\v\f\r\x1a\x1b"})
_CONTROLS_IN_TEXT = 0.005
_ODD = frozenset({"Cc", "Cn", "Co", "Cs"})
_ODD_IN_TEXT = 0.02
_LATIN = 0.25
"""The least share of characters below U+0100 by which UTF-16 is told without a mark:
blanks, line ends, signs and addresses, whatever the script."""

# What is no UTF-8 is read octet by octet, as Windows does in the West.
_AS_WINDOWS = {
    0xDC00 + octet: bytes([octet])
    .decode("cp1252", "replace")
    .replace("\ufffd", chr(octet))
    for octet in range(0x80, 0x100)
}


def decoded(data: bytes) -> str:
    """The text of the octets: by byte order mark, as UTF-16 or UTF-32 where zeros show
    it, else as UTF-8 with single octets of Windows-1252 in it.
    """
    charset, mark = _charset(data)
    if charset:
        return data[mark:].decode(charset, "replace")
    return data.decode("utf-8", "surrogateescape").translate(_AS_WINDOWS)


def looks_like_text(data: bytes) -> bool:
    """Whether the octets are text: hardly any control characters, in some charset."""
    charset, mark = _charset(data)
    if charset and charset != "utf-8":
        return _is_sane(data[mark : mark + _SAMPLE], charset)
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return controls <= len(data) * _CONTROLS_IN_TEXT


def _charset(data: bytes) -> tuple[str, int]:
    """The charset that the beginning shows, "" for none, and the length of its mark."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return charset, len(mark)
    sample = data[:_SAMPLE]
    if b"\0" not in sample:
        return "", 0
    for charset, zeros, letters in (
        ("utf-32-le", (2, 3), 0),
        ("utf-32-be", (0, 1), 3),
    ):
        places = [sample[place::4] for place in zeros]
        plain = not sample[letters::4].count(0)
        if plain and len(sample) > 3 and not any(map(_has_more, places)):  # noqa: PLR2004
            return charset, 0
    for charset, high in ("utf-16-le", 1), ("utf-16-be", 0):
        zeros_here, elsewhere = sample[high::2], sample[1 - high :: 2]
        if (
            zeros_here.count(0) > _LATIN * len(zeros_here)
            and elsewhere.count(0) <= _CONTROLS_IN_TEXT * len(elsewhere)
            and _is_sane(sample, charset)
        ):
            return charset, 0
    return "", 0


def _has_more(octets: bytes) -> bool:
    """Whether there is anything but zeros."""
    return octets.count(0) < len(octets)


def _is_sane(octets: bytes, charset: str) -> bool:
    """Whether they are characters that stand in texts."""
    whole = len(octets) // 4 * 4 or len(octets)
    text = octets[:whole].decode(charset, "replace").rstrip("\ufffd")
    odd = sum(
        character == "\ufffd" or unicodedata.category(character) in _ODD
        for character in text
        if character not in "\b\t\n\v\f\r"
    )
    return bool(text) and odd <= len(text) * _ODD_IN_TEXT
