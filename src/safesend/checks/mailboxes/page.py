"""The html of a letter as its author wrote it: elements, texts, style sheets, lines.

It is read once for a campaign. What a row fills in stands in it as `FILLED`, what logic
chooses as `CHOSEN`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import attrs

from safesend.checks.markup import unescaped
from safesend.message.html_to_text import tokens
from safesend.message.jinja_marks import EXPRESSION, STATEMENT, find_marks, masked
from safesend.message.start_tags import StartTag, read_start_tag

__all__ = ["CHOSEN", "FILLED", "Element", "Page", "read_page", "readable"]

FILLED, CHOSEN = EXPRESSION, STATEMENT
_RUNS = re.compile(f"{FILLED}+|{CHOSEN}+")
_MARKS = re.compile(f"{FILLED}|{CHOSEN}")


@attrs.frozen
class Element:
    """A start tag, with the text up to its end tag (of `a` only).

    `said` are its attributes as a browser reads them; `written` as they stand in the
    source, placeholders and all.
    """

    name: str
    line: int
    said: Mapping[str, str] = attrs.field(repr=False)
    written: Mapping[str, str] = attrs.field(repr=False)
    text: str = attrs.field(default="", repr=False)

    @property
    def where(self) -> str:
        """Its place, for a person."""
        return f"html, line {self.line}"


@attrs.frozen
class Page:
    """What stands in the html part."""

    elements: tuple[Element, ...]
    sheets: tuple[tuple[int, str], ...] = attrs.field(repr=False)
    """Style sheets, each with its line."""
    text: str = attrs.field(repr=False)
    """What is to be read, without pictures and what stands for them."""

    def named(self, *names: str) -> Iterator[Element]:
        """The elements of these names."""
        return (one for one in self.elements if one.name in names)


def readable(text: str) -> str:
    """A text of the page as a person may see it: placeholders as "{{...}}"."""
    return _MARKS.sub("{{...}}", text)


def read_page(source: str, *, literal: bool = False) -> Page:
    """Read an html source, whose placeholders Jinja2 can read. Linear in time."""
    shown = source if literal else masked(source, find_marks(source))
    return _Reader(source, shown).read()


@attrs.define
class _Reader:
    source: str = attrs.field(repr=False)
    shown: str = attrs.field(repr=False)
    line: int = 1
    _counted: int = 0
    _elements: list[Element] = attrs.field(factory=list)
    _texts: list[str] = attrs.field(factory=list)
    _link: int = -1
    """Which element is the link that is open."""
    _words: list[str] = attrs.field(factory=list)

    def read(self) -> Page:
        sheets: list[tuple[int, str]] = []
        style = -1
        for hit in tokens(self.shown):
            if style >= 0:
                sheets.append((self.line, self.shown[style : hit.start()]))
                style = -1
            self.line += self.source.count("\n", self._counted, hit.start())
            self._counted = hit.start()
            if hit["tag"] is None:
                self._text(hit["text"] or hit["lone"] or "")
            elif hit["end"]:
                self._end(hit["tag"].lower())
            else:
                self._start(read_start_tag(hit))
                style = hit.end() if hit["tag"].lower() == "style" else -1
        self._end("a")
        return Page(tuple(self._elements), tuple(sheets), "".join(self._texts))

    def _text(self, text: str) -> None:
        text = unescaped(_RUNS.sub(_once, text))
        self._texts.append(text)
        self._words.append(text)

    def _start(self, tag: StartTag) -> None:
        if tag.name == "a":
            self._end("a")
            self._link, self._words = len(self._elements), []
        said: dict[str, str] = {}
        written: dict[str, str] = {}
        for one in tag.attributes:
            said.setdefault(one.name, unescaped(_RUNS.sub(_once, one.value)))
            written.setdefault(one.name, self.source[one.start : one.end])
        self._elements.append(Element(tag.name, self.line, said, written))

    def _end(self, name: str) -> None:
        if name == "a" and self._link >= 0:
            text = " ".join("".join(self._words).split())
            link = self._elements[self._link]
            self._elements[self._link] = attrs.evolve(link, text=text)
            self._link = -1


def _once(hit: re.Match[str]) -> str:
    return hit[0][0]
