"""A style sheet taken apart, as far as it takes to move its rules elsewhere.

Each rule keeps its place in the source, so that what stays is left as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

__all__ = [
    "Rule",
    "declarations",
    "is_important",
    "plain_value",
    "property_of",
    "rules",
    "spans",
    "split_at",
]

_TOKEN = re.compile(
    r"""
      (?P<comment>/\*.*?(?:\*/|\Z))
    | "(?:[^"\\\n]|\\.)*+"?
    | '(?:[^'\\\n]|\\.)*+'?
    | <!-- | -->
    | \\.
    | (?P<open>[{(\[]) | (?P<close>[})\]])
    | [;,@\\]
    | [^{}()\[\];,@"'/\\<-]++
    | [/<-]
    """,
    re.DOTALL | re.VERBOSE,
)
_PAIRS = {"{": "}", "(": ")", "[": "]"}
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_IMPORTANT = re.compile(r"\s*!\s*important\s*\Z", re.IGNORECASE)


@attrs.frozen
class Rule:
    """A statement at the top of a sheet: `source[start:end]`.

    `prelude` is what stands before the block, without comments: selectors, or for a
    rule with "@" its name and conditions. `block` is what stands in it, None where
    there is no block. `opens` is where the block begins. `broken`: brackets do not fit.
    """

    start: int
    end: int
    prelude: str
    opens: int = 0
    block: str | None = attrs.field(default=None, repr=False)
    broken: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is selectors and declarations, and nothing is nested in it."""
        at = self.prelude.startswith("@")
        return not at and not self.broken and self.block is not None and not self._nests

    @property
    def _nests(self) -> bool:
        return any(text == "{" for text, _, _ in _tokens(self.block or ""))


def _tokens(css: str) -> Iterator[tuple[str, int, int]]:
    for hit in _TOKEN.finditer(css):
        if hit["comment"] is None:
            yield hit[0], hit.start(), hit.end()


def rules(css: str) -> Iterator[Rule]:
    """The statements at the top of a sheet, in order. Never raises."""
    reader = _Reader(css)
    for text, begin, end in _tokens(css):
        if reader.start < 0:
            if text.isspace() or text in ("<!--", "-->"):
                continue
            reader.start = begin + len(text) - len(text.lstrip())
        reader.bracket(text, begin)
        if reader.ends(text):
            yield reader.rule(end)
    if reader.start >= 0:
        reader.broken = True
        yield reader.rule(len(css))


@attrs.define
class _Reader:
    """Where a statement began, and which brackets are open in it."""

    css: str = attrs.field(repr=False)
    start: int = -1
    opens: int = -1
    broken: bool = False
    awaited: list[str] = attrs.field(factory=list)

    def bracket(self, text: str, begin: int) -> None:
        awaited = self.awaited
        if text in _PAIRS:
            if text == "{" and self.opens < 0:
                self.opens, self.broken = begin, self.broken or bool(awaited)
            awaited.append(_PAIRS[text])
        elif text in _PAIRS.values():
            self.broken = self.broken or not awaited or awaited[-1] != text
            if text in awaited:
                while awaited.pop() != text:
                    pass

    def ends(self, text: str) -> bool:
        if self.awaited:
            return False
        if self.opens >= 0:
            return text == "}"
        return text == ";" and self.css[self.start] == "@"

    def rule(self, end: int) -> Rule:
        found = _rule(self.css, self.start, self.opens, end, broken=self.broken)
        self.start, self.opens, self.broken, self.awaited = -1, -1, False, []
        return found


def _rule(css: str, start: int, opens: int, end: int, *, broken: bool) -> Rule:
    prelude = css[start : opens if opens >= 0 else end]
    block = css[opens + 1 : end].removesuffix("}") if opens >= 0 else None
    bare = _COMMENT.sub(" ", prelude).strip()
    return Rule(start, end, bare, opens, block, broken)


def spans(sign: str, css: str) -> list[tuple[int, int]]:
    """Where the parts of a text are between those signs that stand in no brackets or
    quotes; without the blanks round them.
    """
    found, depth, done = list[tuple[int, int]](), 0, 0
    for text, begin, end in [*_tokens(css), (sign, len(css), len(css))]:
        depth += (text in _PAIRS) - (text in _PAIRS.values())
        if text == sign and (not depth or begin == end):
            start = begin - len(css[done:begin].lstrip())
            stop = done + len(css[done:begin].rstrip())
            found += [(start, stop)] if start < stop else []
            done = end
    return found


def split_at(sign: str, css: str) -> list[str]:
    """The texts of these parts."""
    return [css[start:stop] for start, stop in spans(sign, css)]


def property_of(declaration: str) -> str:
    """What a declaration says something about: "color"."""
    return _COMMENT.sub("", declaration).partition(":")[0].strip().lower()


def declarations(css: str) -> list[str]:
    """What a style attribute declares: "color: red"."""
    return split_at(";", css)


def is_important(declaration: str) -> bool:
    """Whether it ends with "!important"."""
    return _IMPORTANT.search(declaration) is not None


def plain_value(declaration: str) -> str:
    """A declaration without "!important"."""
    return _IMPORTANT.sub("", declaration)
