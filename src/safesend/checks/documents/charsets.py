"""Octets -> text, whatever the charset: nobody says which one a file is in."""

from __future__ import annotations

import codecs

__all__ = ["decoded", "looks_like_text"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as the mark of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = {"utf-16-le": (1, 2), "utf-16-be": (0, 2)}
_SAMPLE = 4096
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\b\t\n\v\f\r\x1a\x1b"})
_CONTROLS_IN_TEXT = 0.005

# What is no UTF-8 is read octet by octet, as Windows does in the West.
_AS_WINDOWS = {
    0xDC00 + octet: bytes([octet]).decode("cp1252", "replace").replace("�", chr(octet))
    for octet in range(0x80, 0x100)
}


def decoded(data: bytes) -> str:
    """The text of the octets: by byte order mark, as UTF-16 when every other octet
    of the beginning is zero, else as UTF-8 with single octets of Windows-1252 in it.
    """
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(charset, "replace")
    if wide := _wide(data):
        return data.decode(wide, "replace")
    return data.decode("utf-8", "surrogateescape").translate(_AS_WINDOWS)


def looks_like_text(data: bytes) -> bool:
    """Whether the octets are text: hardly any control characters, in some charset."""
    if any(data.startswith(mark) for mark, _ in _MARKS[1:]) or _wide(data):
        return not data.startswith(codecs.BOM_UTF16_LE) or _plausible(data)
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return controls <= len(data) * _CONTROLS_IN_TEXT


def _plausible(data: bytes) -> bool:
    text = data[:_SAMPLE].decode("utf-16", "replace")
    odd = sum(not character.isprintable() for character in text if character > "\r")
    return odd <= len(text) / 10


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: most characters of the beginning are below U+0100."""
    sample = data[:_SAMPLE]
    if len(sample) < 4:  # noqa: PLR2004 - two characters
        return ""
    for charset, (zero, step) in _WIDE.items():
        zeros, others = sample[zero::step], sample[1 - zero :: step]
        if zeros.count(0) > 0.7 * len(zeros) and _is_plain(others):
            return charset
    return ""


def _is_plain(octets: bytes) -> bool:
    return len(octets.translate(None, _CONTROLS)) >= 0.95 * len(octets)
