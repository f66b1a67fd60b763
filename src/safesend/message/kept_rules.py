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

__all__ = ["Kept", "kept_rules", "overruled"]

_CONDITIONS = re.compile(r"@(?:media|supports)\b", re.IGNORECASE)
# What becomes of an element, other than what it is; "::before" is a box of its own.
_STATE = re.compile(
    r"(?<!:):(?:active|any-link|checked|disabled|enabled|focus(?:-visible|-within)?"
    r"|hover|link|target|visited)(?![\w-])",
    re.IGNORECASE,
)


@attrs.frozen
class Kept:
    """A rule that stays, with the place of its block in the sheet.

    `selectors` are those that stay, without what becomes of an element.
    """

    selectors: tuple[str, ...]
    block: str = attrs.field(repr=False)
    offset: int


def kept_rules(
    css: str, moved: Mapping[int, Sequence[str]], offset: int = 0
) -> Iterator[Kept]:
    """The rules of a sheet that stay, those under conditions as well.

    `moved` has for rules that move, by where they start, the selectors that do.
    """
    for rule in rules(css):
        block = rule.block or ""
        inside = offset + rule.opens + 1
        if rule.is_plain:
            yield _kept(rule, moved.get(offset + rule.start, ()), block, inside)
        elif _CONDITIONS.match(rule.prelude) and not rule.broken:
            yield from kept_rules(block, {}, inside)


def _kept(rule: Rule, moved: Sequence[str], block: str, offset: int) -> Kept:
    every = (one for one in split_at(",", rule.prelude) if one not in moved)
    return Kept(tuple(_STATE.sub("", one) or "*" for one in every), block, offset)


def overruled(
    kept: Kept,
    elements: Iterable[int],
    moved: Mapping[int, str],
    own: Mapping[int, str],
) -> Iterator[int]:
    """Where "!important" is to be put, in what a rule says about these elements.

    `moved` are the styles that moved into their tags, `own` those that were there: they
    won before, and win still.
    """
    fitting = list(elements)
    into = {name for one in fitting for name in _said(moved.get(one, ""))}
    there = {name for one in fitting for name in _said(own.get(one, ""))}
    for start, stop in spans(";", kept.block):
        declaration = kept.block[start:stop]
        name = property_of(declaration)
        if is_important(declaration) or any(_akin(name, one) for one in there):
            continue
        if any(_akin(name, one) for one in into):
            yield kept.offset + stop


def _said(style: str) -> Iterator[str]:
    return map(property_of, split_at(";", style))


def _akin(one: str, other: str) -> bool:
    """Whether two properties speak of the same: "margin" and "margin-top" do."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")
