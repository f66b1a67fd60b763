"""What stays in `<style>` still counts beside the style attributes.

A style attribute wins over every rule that is not "!important". Where a rule for small
screens, or for :hover, won over the rule that moved into a tag, it has to say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

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
    kept: Kept,
    page: str,
    moved: Sequence[Moved],
    styled: Mapping[int, str],
    own: Mapping[int, str],
) -> Iterator[int]:
    """Where "!important" is to be put in a rule that stays.

    `styled` are the styles that moved into their tags, `own` those that were there,
    which won before as well. Whether the rule won where it stood, css-inline says.
    """
    said = spans(";", kept.block)
    names = [property_of(kept.block[start:stop]) for start, stop in said]
    probes = (f"{name}: safesend-{n}-x" for n, name in enumerate(names))
    probe = Moved(kept.selectors, "; ".join(probes), kept.offset)
    css = "\n".join(map(str, sorted([*moved, probe], key=lambda one: one.offset)))
    found = [
        (split_at(";", style), styled[element], own.get(element, ""))
        for element, every in styles(page, css).items()
        for style in every
        if element in styled and "safesend-" in style
    ]
    for number, (start, stop) in enumerate(said):
        probed = f"{names[number]}: safesend-{number}-x"
        if not is_important(kept.block[start:stop]) and any(
            _won(probed, names[number], *one) for one in found
        ):
            yield kept.offset + stop


def _won(probe: str, name: str, style: Sequence[str], moved: str, own: str) -> bool:
    """Whether a declaration won over something that moved into an element's tag."""
    if probe not in style or any(_akin(name, one) for one in _said(own)):
        return False
    before = style[: style.index(probe)]
    weaker = {property_of(one) for one in before if not is_important(one)} | {name}
    return any(_akin(name, one) for one in weaker.intersection(_said(moved)))


def _said(style: str) -> Iterator[str]:
    return map(property_of, split_at(";", style))


def _akin(one: str, other: str) -> bool:
    """Whether two properties speak of the same: "margin" and "margin-top" do."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")
