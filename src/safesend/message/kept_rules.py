"""What stays in `<style>` still counts beside the style attributes.

A style attribute wins over every rule that is not "!important". Where a rule for small
screens, or for :hover, won over the rule that moved into a tag, it has to say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from safesend.message.style_sheet import (
    Rule,
    is_important,
    property_of,
    rules,
    spans,
    split_at,
)
from safesend.message.styling import styles

__all__ = ["Kept", "Moved", "kept_rules", "overruled"]

_CONDITIONS = re.compile(r"@(?:media|supports)\b", re.IGNORECASE)
# What becomes of an element, other than what it is; "::before" is a box of its own.
_STATE = re.compile(
    r"(?<!:):(?:active|any-link|checked|disabled|enabled|focus(?:-visible|-within)?"
    r"|hover|link|target|visited)(?![\w-])",
    re.IGNORECASE,
)
_PROBE = "--safesend-kept-"
_ANY_STATE = ":not(.safesend-state)"
"""Fits every element, and weighs as much as a state does (Selectors 4, section 17)."""


@attrs.frozen
class Kept:
    """A rule that stays, with the place of its block in the source."""

    selectors: tuple[str, ...]
    block: str = attrs.field(repr=False)
    offset: int


@attrs.frozen
class Moved:
    """A rule whose selectors move into tags, and where it begins in the source."""

    selectors: tuple[str, ...]
    block: str = attrs.field(repr=False)
    offset: int

    def __str__(self) -> str:
        return f"{', '.join(self.selectors)} {{{self.block}}}"


def kept_rules(
    css: str, moved: Mapping[int, Sequence[str]], offset: int = 0
) -> Iterator[Kept]:
    """The rules of a sheet that stay, those under conditions as well.

    `moved` has for rules that move, by where they begin, the selectors that do.
    """
    for rule in rules(css):
        inside = offset + rule.opens + 1
        if rule.is_plain:
            gone = moved.get(offset + rule.start, ())
            every = [one for one in split_at(",", rule.prelude) if one not in gone]
            if every:
                yield _kept(every, rule, inside)
        elif _CONDITIONS.match(rule.prelude) and not rule.broken:
            yield from kept_rules(rule.block or "", {}, inside)


def _kept(selectors: Sequence[str], rule: Rule, offset: int) -> Kept:
    whatever = tuple(_STATE.sub(_ANY_STATE, one) for one in selectors)
    return Kept(whatever, rule.block or "", offset)


def overruled(
    every: Sequence[Kept], page: str, moved: Sequence[Moved], own: Mapping[int, str]
) -> Iterator[int]:
    """Where "!important" is to be put in the rules that stay.

    `own` are the styles that were in tags, which won before as well. Whether a rule won
    where it stood says css-inline: it writes what weighs more behind what weighs less.
    """
    probes = [
        Moved(kept.selectors, f"{_PROBE}{number}: 1", kept.offset)
        for number, kept in enumerate(every)
    ]
    css = sorted([*moved, *probes], key=lambda one: one.offset)
    weaker: dict[int, set[str]] = {}
    for element, found in styles(page, "\n".join(map(str, css))).items():
        there = set(_said(own.get(element, "")))
        for style in found:
            for number, names in _weaker(style):
                more = {name for name in names if not _any_akin(name, there)}
                weaker.setdefault(number, set()).update(more)
    for number, names in weaker.items():
        yield from _places(every[number], names)


def _weaker(style: str) -> Iterator[tuple[int, set[str]]]:
    """For each rule that stays, what it won over in a style."""
    names = set[str]()
    for declaration in split_at(";", style):
        name = property_of(declaration)
        if name.startswith(_PROBE):
            yield int(name.removeprefix(_PROBE)), set(names)
        elif not is_important(declaration):
            names.add(name)


def _places(kept: Kept, weaker: set[str]) -> Iterator[int]:
    for start, stop in spans(";", kept.block):
        declaration = kept.block[start:stop]
        if not is_important(declaration) and _any_akin(
            property_of(declaration), weaker
        ):
            yield kept.offset + stop


def _any_akin(name: str, others: Iterable[str]) -> bool:
    return any(_akin(name, one) for one in others)


def _said(style: str) -> Iterator[str]:
    return map(property_of, split_at(";", style))


def _akin(one: str, other: str) -> bool:
    """Whether two properties speak of the same: "margin" and "margin-top" do."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")
