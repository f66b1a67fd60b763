"""Marks like {{ name }} in a message that is ready: the author's own, or forgotten?

Who writes about templates has such marks in the text, and nobody fills them in. Where
one stands in a greeting, or where a value should be, the message was not ready.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from safesend.checks.merge_marks import blank_greeting, nobody_greeted, unfilled_mark

__all__ = ["Marks", "marks_in"]

_BEGINNINGS = ("{{", "{%", "*|", "%(", "${", "{", "%", "[", "<", "#", "\u00ab")
_LINES = 20
"""Where a letter greets, as for L37."""


class Marks(enum.IntEnum):
    """What the marks in a ready message mean; of several messages the greatest counts.

    `OWN`: they are part of the text, so that L37 may pass. `FORGOTTEN`: they, or no
    value at all, stand where a name should.
    """

    NONE = 0
    OWN = 1
    FORGOTTEN = 2


def marks_in(subject: str, *texts: str) -> Marks:
    """What the marks in a message mean. An html is given as it is and as it reads."""
    if any(map(_greets_nobody, (subject, *texts))):
        return Marks.FORGOTTEN
    found = any(unfilled_mark(text) for text in (subject, *texts))
    return Marks.OWN if found else Marks.NONE


def _greets_nobody(text: str) -> bool:
    return any(
        nobody_greeted(line) or _greets_by_mark(line) for line in _greetings(text)
    )


def _greetings(text: str) -> Iterable[str]:
    return text[:4_000].splitlines()[:_LINES]


def _greets_by_mark(line: str) -> bool:
    """Whether nothing but a mark stands between a greeting and its comma."""
    if unfilled_mark(line) is None:
        return False
    places = [place for sign in _BEGINNINGS if (place := line.find(sign)) >= 0]
    return bool(places) and blank_greeting(f"{line[: min(places)].rstrip()} ,")
