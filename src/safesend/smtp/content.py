"""Line ends and dot-stuffing: the only door for message bytes.

What comes out is the content as it stands after 354, end included (RFC 5321 section
4.5.2). What goes in must have CRLF line ends only: a lone CR or LF or a NUL is refused,
never mended, since servers disagree on what such bytes mean, and that is how one letter
is smuggled inside another (VU#302671).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from safesend.errors import LocalProtocolError

__all__ = ["LARGE", "NOTHING", "Content", "Stuffer", "unstuffed"]

LARGE = 16384
"""Octets from which a segment is passed on as it is, never joined to others."""

_PROPER = ("\r\n", None)
"""The kinds of line ends that a piece may have; None: it has none."""

_DOT = re.compile(rb"\r\n\.")

NOTHING = (b".\r\n",)
"""The content that has nothing in it: a lone dot."""


class Content(NamedTuple):
    """A letter ready for the wire, its end included in the last piece."""

    pieces: tuple[bytes, ...]
    eightbit: bool = False

    def __repr__(self) -> str:
        return f"Content(eightbit={self.eightbit})"


class Stuffer:
    """Makes `Content` of segments; remembers the large ones of the last letter.

    A large segment that comes again (the same object) is not looked at again. Only
    those of the last letter are kept, so that personal files do not pile up.
    """

    __slots__ = ("_checked",)

    def __init__(self) -> None:
        self._checked: dict[int, tuple[bytes, bytes]] = {}

    def content(self, segments: Sequence[bytes]) -> Content:
        """Raises `LocalProtocolError` when the bytes may not be written."""
        if sum(map(len, segments)) < LARGE:
            whole = b"".join(segments)
            return Content((_ended(_stuffed(whole)),), not whole.isascii())
        pieces = list(_gathered(segments))
        if any(map(_splits_line_end, pieces, pieces[1:])):
            pieces = [b"".join(pieces)]
        return self._large(pieces)

    def _large(self, pieces: list[bytes]) -> Content:
        checked: dict[int, tuple[bytes, bytes]] = {}
        wire: list[bytes] = []
        before = b"\r\n"
        for piece in pieces:
            stuffed = self._looked_at(piece, checked)
            if piece.startswith(b".") and before.endswith(b"\n"):
                wire.append(b".")
            wire.append(stuffed)
            before = piece
        self._checked = checked
        wire.append(b".\r\n" if before.endswith(b"\n") else b"\r\n.\r\n")
        return Content(tuple(wire), not all(map(bytes.isascii, pieces)))

    def _looked_at(
        self, piece: bytes, checked: dict[int, tuple[bytes, bytes]]
    ) -> bytes:
        known = self._checked.get(id(piece))
        entry = (piece, _inside_stuffed(piece)) if known is None else known
        if len(piece) >= LARGE:
            checked[id(piece)] = entry
        return entry[1]


def unstuffed(pieces: Sequence[bytes]) -> bytes:
    """The octets of a content for BDAT, which has its size to end it (RFC 3030)."""
    whole = b"".join(pieces)[: -len(b".\r\n")]
    if whole.startswith(b"."):
        whole = whole[1:]
    return whole.replace(b"\r\n..", b"\r\n.") if b"\r\n.." in whole else whole


def _gathered(segments: Sequence[bytes]) -> Iterator[bytes]:
    """Small neighbours joined, large segments as they are, nothing empty."""
    small: list[bytes] = []
    for segment in segments:
        if len(segment) < LARGE:
            small.append(segment)
            continue
        if any(small):
            yield b"".join(small)
        small = []
        yield segment
    if any(small):
        yield b"".join(small)


def _splits_line_end(before: bytes, after: bytes) -> bool:
    return before.endswith(b"\r") and after.startswith(b"\n")


def _stuffed(whole: bytes) -> bytes:
    stuffed = _inside_stuffed(whole)
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _inside_stuffed(piece: bytes) -> bytes:
    """Checked and stuffed, but for a dot that the piece itself begins with."""
    # The standard library's own reader of line ends tells which kinds it met: in one
    # pass, and without making a line. As ISO 8859-1 every octet is one character.
    ends = io.IncrementalNewlineDecoder(None, translate=False)
    ends.decode(piece.decode("latin-1"), final=True)
    if ends.newlines not in _PROPER or b"\0" in piece:
        raise LocalProtocolError(
            "the message holds a NUL, or a CR or LF that is not part of CRLF"
        )
    return piece.replace(b"\r\n.", b"\r\n..") if _DOT.search(piece) else piece


def _ended(stuffed: bytes) -> bytes:
    # An empty letter needs no line end of its own: 354 was the line before.
    if not stuffed or stuffed.endswith(b"\n"):
        return stuffed + b".\r\n"
    return stuffed + b"\r\n.\r\n"
