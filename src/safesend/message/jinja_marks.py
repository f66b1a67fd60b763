"""Where Jinja2 stands in a source, for who looks at what is round it, or changes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

__all__ = ["EXPRESSION", "STATEMENT", "Mark", "find_marks", "masked"]

EXPRESSION, STATEMENT = "\ufdd0", "\ufdd1"
"""Two noncharacters of Unicode, which no source may hold, stand in `masked`."""

_KEYWORD = re.compile(r"\{%[-+]?\s*(\w+)")
_BEGINS = {
    "variable_begin": "variable_end",
    "block_begin": "block_end",
    "comment_begin": "comment_end",
}
_KINDS = {
    "variable_begin": "expression",
    "block_begin": "statement",
    "comment_begin": "comment",
    "raw_begin": "raw",
    "raw_end": "raw",
}
_SHOWN = {"expression": EXPRESSION, "statement": STATEMENT}


@attrs.frozen
class Mark:
    """`kind` is "expression" (`{{ }}`), "statement" (`{% %}`), "comment" or "raw"."""

    kind: str
    start: int
    end: int
    text: str = attrs.field(repr=False)

    @property
    def keyword(self) -> str:
        """The word with which a statement begins."""
        found = _KEYWORD.match(self.text)
        return found[1] if found else ""


def find_marks(source: str) -> list[Mark]:
    """The marks of a source that Jinja2 can read, in order; line ends are LF."""
    found: list[Mark] = []
    begun, awaited = (0, ""), ""
    for kind, start, end in _lexed(source):
        if kind == awaited:
            awaited = ""
            found.append(Mark(begun[1], begun[0], end, source[begun[0] : end]))
        elif not awaited and kind in _BEGINS:
            begun, awaited = (start, _KINDS[kind]), _BEGINS[kind]
        elif not awaited and kind in _KINDS:
            found.append(Mark(_KINDS[kind], start, end, source[start:end]))
    return found


def _lexed(source: str) -> Iterator[tuple[str, int, int]]:
    """What Jinja2's own lexer sees, with places."""
    from safesend.message import sandbox  # noqa: PLC0415  Jinja2 is slow to import

    at = 0
    for kind, text in sandbox.lexed(source):
        # White space that "-" takes away is not in the stream.
        at = source.index(text, at)
        yield kind, at, at + len(text)
        at += len(text)


def masked(source: str, marks: Iterable[Mark]) -> str:
    """The source with each character of an expression as `EXPRESSION`, of a statement
    as `STATEMENT`, and blanks for comments: all else is at its place.
    """
    parts, done = list[str](), 0
    for mark in marks:
        parts.append(source[done : mark.start])
        parts.append(_SHOWN.get(mark.kind, " ") * (mark.end - mark.start))
        done = mark.end
    return "".join([*parts, source[done:]])
