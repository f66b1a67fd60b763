"""A page of plain text that is written from top to bottom, as html_to_text needs it."""

from __future__ import annotations

import re

import attrs

__all__ = ["Page"]

_SPACE = " \t\n\r\f\xa0"
_SPACES = re.compile(f"[{_SPACE}]+")
# Nobody reads a list twenty levels deep; the cap keeps the output linear.
_DEEPEST = 20
_WIDEST_GAP = 40


@attrs.define
class Page:
    """Words, breaks and margins in; text with folded white space out.

    Breaks and gaps are remembered and only written before the next word, so that
    none is left at an end and of several margins the widest wins.
    """

    _out: list[str] = attrs.field(factory=list)
    _breaks: int = 0
    _gap: str = ""
    # Each with those around it, so that beginning a line costs the same at any depth.
    _margins: list[str] = attrs.field(factory=list)
    _first: str = ""
    _heard: list[str] = attrs.field(factory=list)

    def words(self, text: str) -> None:
        """Text in which white space only separates."""
        folded = _SPACES.sub(" ", text)
        if folded.startswith(" "):
            self._gap = self._gap or " "
        if folded := folded.strip(" "):
            self._put(folded)
            self._gap = " " if text[-1] in _SPACE else ""

    def verbatim(self, text: str) -> None:
        """Text in which white space counts."""
        first, *others = text.replace("\xa0", " ").split("\n")
        if first:
            self._put(first)
        for line in others:
            self._breaks += 1
            self._gap = ""
            if line:
                self._put(line)

    def break_line(self) -> None:
        """The end of a line; two of them make an empty line, more do not."""
        self._breaks = max(self._breaks, min(self._breaks + 1, 2))
        self._gap = ""

    def margin(self, lines: int) -> None:
        """What follows begins a line (1), or a line after an empty one (2)."""
        self._breaks = max(self._breaks, lines)
        self._gap = ""

    def cell(self) -> None:
        """What follows is another cell, if something stands in this row already."""
        if self._out and not self._breaks and len(self._gap) < _WIDEST_GAP:
            self._gap = self._gap.rstrip() + " | "

    def indent(self, margin: str, marker: str = "") -> None:
        """Begin what stands further in; `marker` is the margin of its first line."""
        outer = self._margins[-1] if self._margins else ""
        if len(self._margins) < _DEEPEST:
            self._first = (self._first or outer) + (marker or margin)
            outer += margin
        self._margins.append(outer)

    def outdent(self) -> None:
        """End what began with the last `indent`."""
        self._margins.pop()
        self._first = ""

    def listen(self) -> None:
        """From here on remember what is written, for `heard`."""
        self._heard = []

    def heard(self) -> str:
        """What was written since `listen`."""
        return "".join(self._heard).strip()

    def append(self, text: str) -> None:
        """Text right behind the last word, whatever breaks wait."""
        self._out.append(text)

    def text(self) -> str:
        """The page: no white space at line ends, one line end after the last line."""
        lines = "".join(self._out).split("\n")
        body = "\n".join(line.rstrip() for line in lines).strip("\n")
        return f"{body}\n" if body else ""

    def _put(self, text: str) -> None:
        if self._breaks or not self._out:
            self._out.append("\n" * self._breaks if self._out else "")
            self._out.append(self._margin())
        elif self._gap:
            self._out.append(self._gap)
            self._heard.append(" ")
        self._out.append(text)
        self._heard.append(text)
        self._breaks, self._gap = 0, ""

    def _margin(self) -> str:
        first, self._first = self._first, ""
        return first or (self._margins[-1] if self._margins else "")
