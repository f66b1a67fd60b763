"""The lines of a page, put together from the texts between its tags."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from safesend.checks.piece import Piece
from safesend.checks.plain_text import rejoined
from safesend.checks.spot import Spot

__all__ = ["Lines"]

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_ADDRESS_LIKE = re.compile(r"[^\s@]@[^\s@]")


@attrs.frozen
class _Text:
    text: str
    hidden: bool


@attrs.define
class Lines:
    """Collects the texts of one line; `end()` gives its pieces.

    A line has one piece with what is shown, one with what is hidden. A text that
    touches its neighbours without a blank, and is an address by itself, is one more:
    in "ada@example.org<b>Call" the reader sees by the type where the address ends.
    """

    spot: Spot
    hidden: bool = False
    _texts: list[_Text] = attrs.field(factory=list)
    _line: int = 0
    _last: str = ""
    """The end of the line before, as it was shown."""

    def words(
        self, text: str, line: int, *, hidden: bool = False, verbatim: bool = False
    ) -> None:
        """A text between two tags; white space is one blank unless it is verbatim."""
        if not self._texts:
            if not text or text.isspace():
                return
            self._line = line + text.count("\n", 0, len(text) - len(text.lstrip()))
        self._texts.append(_Text(text if verbatim else _BLANKS.sub(" ", text), hidden))

    def cell(self) -> None:
        """The next text stands in the next cell of a table."""
        if self._texts:
            self._texts.append(_Text("\t", hidden=False))

    def end(self) -> Iterator[Piece]:
        """The pieces of the line so far; the next text begins a new one."""
        texts, self._texts = self._texts, []
        if not texts:
            return
        shown = "".join(one.text for one in texts if not one.hidden)
        hidden = "".join(one.text for one in texts if one.hidden)
        if shown.strip():
            yield from self._pieces(shown, hidden=False)
            if whole := rejoined(self._last, shown.strip()):
                yield self._piece(whole, hidden=False)
            self._last = shown.strip()
        if hidden.strip():
            yield from self._pieces(hidden, hidden=True)
            everything = "".join(one.text for one in texts)
            if shown.strip() and "@" in everything:
                yield self._piece(everything, hidden=True)
        if len(texts) > 1 and "@" in shown + hidden:
            yield from self._alone(texts)

    def _pieces(self, text: str, *, hidden: bool) -> Iterator[Piece]:
        for number, line in enumerate(text.split("\n")):
            if line.strip():
                yield self._piece(line.strip(), hidden=hidden, further=number)

    def _alone(self, texts: list[_Text]) -> Iterator[Piece]:
        last = len(texts) - 1
        for place, one in enumerate(texts):
            if _ADDRESS_LIKE.search(one.text) is None:
                continue
            before = texts[place - 1].text[-1:] if place else ""
            after = texts[place + 1].text[:1] if place < last else ""
            touched = (before.isalnum() and not one.text[:1].isspace()) or (
                after.isalnum() and not one.text[-1:].isspace()
            )
            if touched:
                yield self._piece(one.text.strip(), hidden=one.hidden)

    def _piece(self, text: str, *, hidden: bool, further: int = 0) -> Piece:
        return Piece(
            unit=self.spot.unit,
            place=self.spot.place,
            text=text,
            hidden=hidden or self.hidden,
            line=self._line + further,
        )
