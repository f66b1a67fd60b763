"""The start tags of a letter's source, with the places of what may be changed there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from safesend.message.html_to_text import tokens
from safesend.message.jinja_marks import EXPRESSION, STATEMENT

__all__ = [
    "Attribute",
    "EndTag",
    "StartTag",
    "StyleSheet",
    "find_tags",
    "read_start_tag",
]

_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s/>=]++)"""
    r"""(?:\s*+=\s*+(?P<quote>["']?)(?P<value>(?<=")[^"]*+|(?<=')[^']*+|[^\s>]*+)(?P=quote)?)?"""
)
_MARKS = re.compile(f"[{EXPRESSION}{STATEMENT}]")


@attrs.frozen
class Attribute:
    """An attribute as it stands in the source: `source[start:end]` is its value."""

    name: str
    value: str = attrs.field(repr=False)
    start: int
    end: int
    quote: str

    @property
    def is_marked(self) -> bool:
        """Whether a row has a say in its value."""
        return _MARKS.search(self.value) is not None


@attrs.frozen
class StartTag:
    """A start tag; `after_name` is where an attribute may be put in."""

    name: str
    start: int
    after_name: int
    attributes: tuple[Attribute, ...] = attrs.field(repr=False)

    def find(self, name: str) -> Attribute | None:
        """The first attribute of that name: the only one that counts."""
        return next((one for one in self.attributes if one.name == name), None)

    @property
    def is_marked(self) -> bool:
        """Whether its name, or that of an attribute, depends on a row."""
        names = (self.name, *(one.name for one in self.attributes))
        return any(_MARKS.search(name) for name in names)


@attrs.frozen
class EndTag:
    """An end tag."""

    name: str
    start: int


@attrs.frozen
class StyleSheet:
    """What stands between `<style>` and `</style>`: `source[start:end]`."""

    tag: StartTag
    start: int
    end: int


def find_tags(masked: str) -> Iterator[StartTag | EndTag | StyleSheet]:
    """The tags of a masked source in order; a style sheet follows its tag."""
    sheet: tuple[StartTag, int] | None = None
    for hit in tokens(masked):
        if sheet is not None:
            yield StyleSheet(*sheet, hit.start())
            sheet = None
        if hit["tag"] is None:
            continue
        name = hit["tag"].lower()
        if hit["end"]:
            yield EndTag(name, hit.start())
            continue
        tag = read_start_tag(hit)
        yield tag
        if name == "style":
            sheet = tag, hit.end()
    if sheet is not None:
        yield StyleSheet(*sheet, len(masked))


def read_start_tag(hit: re.Match[str]) -> StartTag:
    """One of `html_to_text.tokens` that is a start tag, taken apart."""
    found = tuple(_attributes(hit))
    return StartTag(hit["tag"].lower(), hit.start(), hit.start("attrs"), found)


def _attributes(tag: re.Match[str]) -> Iterator[Attribute]:
    at = tag.start("attrs")
    for hit in _ATTRIBUTE.finditer(tag["attrs"]):
        value = hit["value"] or ""
        start = at + (hit.start("value") if hit["value"] is not None else hit.end())
        yield Attribute(
            hit["name"].lower(), value, start, start + len(value), hit["quote"] or ""
        )
