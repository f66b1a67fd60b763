"""Texts made comparable: what looks the same to a reader becomes the same text.

`fold` undoes what a font or a keyboard does (width, style, case, invisible
characters); `skeleton` also takes letters of other scripts for the Latin letters that
they look like, after the idea of UTS 39 section 4.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Callable

from safesend.checks.lookalikes import LOOKALIKES

__all__ = ["INVISIBLE", "fold", "skeleton", "visible"]

# Default_Ignorable_Code_Point (DerivedCoreProperties), the other format controls that
# no reader sees, and C0/C1 controls except tab and line ends.
INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""The invisible characters, as the inside of a class of a regular expression."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_ASCII = re.compile(r"[\x00-\x7f]")
# Canonical ordering takes quadratic time in a run of combining marks, so a long text
# is normalised in pieces that begin with an ASCII character wherever there is one.
_PIECE = 256


def fold(text: str) -> str:
    """NFKC, without invisible characters, case-folded (after UAX 31, NFKC_Casefold).

    Never raises; a folded text stays as it is when folded again.
    """
    if text.isascii():
        return _INVISIBLE.sub("", text).lower()
    return "".join(map(_folded, _pieces(_INVISIBLE.sub("", text))))


def skeleton(text: str) -> str:
    """What the text looks like: folded, with look-alikes as ASCII letters.

    ASCII letters and digits stay apart from each other (l and 1, O and 0), accents
    stay where they are: bücher does not look like bucher.
    """
    if text.isascii():
        return fold(text)
    clean = _INVISIBLE.sub("", text)
    return "".join(map(_skeleton, _pieces(clean.translate(LOOKALIKES))))


def visible(text: str, mark: str = "") -> tuple[str, Callable[[int], int]]:
    """The text with `mark` for each run of invisible characters.

    Gives a function as well: from an offset in the new text to one in the old.
    """
    ends = [hit.span() for hit in _INVISIBLE.finditer(text)]
    if not ends:
        return text, int
    seen, lost = [], []
    gone = 0
    for begin, end in ends:
        gone += end - begin - len(mark)
        seen.append(end - gone)
        lost.append(gone)

    def back(offset: int) -> int:
        place = bisect.bisect_right(seen, offset)
        return offset + lost[place - 1] if place else offset

    return _INVISIBLE.sub(mark, text), back


def _folded(text: str) -> str:
    # What one step makes another may change; twice is the most that Unicode needs.
    once = _folded_once(text)
    return once if once == text else _folded_once(once)


def _folded_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def _skeleton(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(LOOKALIKES)
    return _folded(plain).translate(LOOKALIKES)


def _pieces(text: str) -> list[str]:
    if len(text) <= _PIECE:
        return [text]
    pieces = []
    begin = 0
    while begin < len(text):
        cut = _ASCII.search(text, begin + _PIECE, begin + 2 * _PIECE)
        end = cut.start() if cut else begin + 2 * _PIECE
        pieces.append(text[begin:end])
        begin = end
    return pieces
