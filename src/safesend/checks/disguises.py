"""Texts that hide in a text: encoded, escaped, spelt out, written backwards.

Which disguises there are is a closed list (the table at the end), and each stands for
a way in which real programs or people write addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from safesend.checks import escapes, runs
from safesend.checks.folding import visible
from safesend.checks.hints import hinted
from safesend.checks.rewritten import APART, backwards, bounced, rotated, spelt_out

__all__ = ["APART", "GUESSES", "undone"]

GUESSES = frozenset(
    (APART, "spelt out", "written backwards", "in ROT13", "as a bounce address")
)
"""Disguises that ordinary text may have by accident."""

_DEPTH = 3
_ALLOWANCE, _SHARE = 50_000, 12
"""Characters that may be looked at again: some, and so many for each of the text."""
_PRICE = 20


def undone(text: str) -> Iterator[tuple[str, int, str]]:
    """Texts that hide in a text, where each stood, and how it was hidden.

    Also those that hide in them, three deep; the work is bounded by the length of the
    text. "How" is a clause for a person, the innermost first: "percent-encoded, in
    base64".
    """
    left = _ALLOWANCE + _SHARE * len(text)
    seen = {text}
    level = [(text, 0, "")]
    for depth in range(_DEPTH):
        inner: list[tuple[str, int, str]] = []
        for outer, place, how in level:
            for plain, offset, clause in _once(outer):
                if plain in seen:
                    continue
                seen.add(plain)
                left -= len(plain) + _PRICE
                if left < 0:
                    return
                where = place if depth else offset
                said = f"{clause}, {how}" if how and clause not in how else clause
                yield plain, where, said
                if hinted(plain):
                    inner.append((visible(plain)[0], where, said))
        level = inner


def _once(text: str) -> Iterator[tuple[str, int, str]]:
    for needles, undo, clause in _WAYS:
        for needle in needles:
            if needle in text:
                for plain, offset in undo(text):
                    yield plain, offset, clause
                break


_Undo = Callable[[str], Iterator[tuple[str, int]]]

_WAYS: tuple[tuple[tuple[str, ...], _Undo, str], ...] = (
    (("%",), escapes.from_percent, "percent-encoded"),
    (("&",), escapes.from_references, "as character references"),
    (("=?",), escapes.encoded_words, "as an encoded word"),
    (("=",), escapes.from_quoted_printable, "in quoted-printable"),
    (("\\",), escapes.from_backslashes, "with backslash escapes"),
    (("\\",), escapes.from_css, "with backslash escapes"),
    (("+A",), escapes.from_utf7, "in UTF-7"),
    (
        tuple("\uff05\uff06\uff08\uff1c\uff1d\uff3b\uff3c\uff5b"),
        escapes.from_styles,
        "in full-width or styled letters",
    ),
    (("@", "#"), bounced, "as a bounce address"),
    (("",), spelt_out, "spelt out"),
    (("@",), backwards, "written backwards"),
    (("@",), rotated, "in ROT13"),
    (("",), runs.from_base64, "in base64"),
    (("",), runs.from_hexadecimal, "in hexadecimal"),
)
