"""Rules of `<style>` become style attributes, and nothing else of the source changes.

Many mail programs leave `<style>` out. css-inline says which style an element has, and
it is written into the tag, which else stays as its author wrote it. Merge fields and
logic stay where they are; where a row has a say in a style, the letter is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import attrs

from safesend.errors import TemplateError
from safesend.message.branches import tags_in_branches
from safesend.message.jinja_marks import (
    EXPRESSION,
    STATEMENT,
    Mark,
    find_marks,
    masked,
)
from safesend.message.kept_rules import Moved, kept_rules, overruled
from safesend.message.start_tags import EndTag, StartTag, StyleSheet, find_tags
from safesend.message.style_sheet import (
    Rule,
    declarations,
    is_important,
    plain_value,
    rules,
    split_at,
)
from safesend.message.styling import MARKER, NOT_WRITTEN, matched, styles

__all__ = ["inline_css"]

_MARK = re.compile(f"[{EXPRESSION}{STATEMENT}]")
# What fits an element by what it is and where it stands; others (:hover, ::before)
# speak of what happens later, and stay in <style>.
_PSEUDO = re.compile(r":+[\w-]+")
_STANDING = re.compile(
    r":(?:(?:first|last|only)-(?:child|of-type)|nth-[\w-]+|not)",
    re.IGNORECASE,
)
_COUNTING = re.compile(r"[+~]|:(?:first|last|only|nth)-", re.IGNORECASE)
_QUOTED = re.compile(r"\[[^\]]*\]")
_ASKED = re.compile(r"\[\s*([\w:-]+)\s*[^\]\s]")
_SAFE_FILTER = re.compile(r"\|\s*safe\b")
_EVERYWHERE = frozenset({"", "all", "screen"})
_UNSHOWN = frozenset(
    {"base", "head", "html", "link", "meta", "script", "style", "title"}
)


def inline_css(html: str, *, literal: bool = False) -> str:
    """The source with the rules of its `<style>` in style attributes.

    Rules for media, for :hover and its like, and for what is not in the page stay in
    `<style>`. Line numbers stay the same. `literal`: braces mean nothing. Raises
    `TemplateError`, and `ConfigurationError` where css-inline is not installed.
    """
    letter = _Letter(html, [] if literal else find_marks(html), literal)
    inlined = _patched(html, letter.changes())
    if not literal and _texts(find_marks(inlined)) != _texts(letter.marks):
        raise TemplateError("inline_css would change a placeholder", "html")
    return inlined


def _texts(marks: Iterable[Mark]) -> list[str]:
    return [mark.text for mark in marks if mark.kind != "comment"]


_Change = tuple[int, int, str]
"""From where to where, and what stands there then."""


def _patched(source: str, changes: Iterable[_Change]) -> str:
    parts, done = list[str](), 0
    for start, end, text in sorted(changes):
        parts += [source[done:start], text]
        done = end
    return "".join([*parts, source[done:]])


@attrs.frozen
class _Selected:
    """A rule of a sheet, with those of its selectors that say how elements look."""

    rule: Rule
    offset: int
    """Where its sheet begins."""
    selectors: tuple[str, ...]
    others: tuple[str, ...]


@attrs.define
class _Letter:
    source: str = attrs.field(repr=False)
    marks: Sequence[Mark]
    literal: bool
    tags: Sequence[StartTag | EndTag | StyleSheet] = attrs.field(init=False)
    masked: str = attrs.field(init=False, repr=False)
    _filled: set[str] = attrs.field(init=False)
    """The attributes into which rows fill something."""

    def __attrs_post_init__(self) -> None:
        self.masked = masked(self.source, self.marks)
        self.tags = list(find_tags(self.masked))
        tags = [tag for tag in self.tags if isinstance(tag, StartTag)]
        said = (one for tag in tags for one in tag.attributes)
        self._filled = {one.name for one in said if one.is_marked}

    def changes(self) -> Iterator[_Change]:
        """What is to be changed in the source."""
        found = [one for sheet in self._sheets() for one in self._selected(sheet)]
        if not found:
            return
        self._refuse_marked_tags()
        in_branches = tags_in_branches(self.source, self.marks, self.tags)
        in_branches = in_branches or self._prints_html
        for one in found:
            for selector in one.selectors:
                self._refuse_unknowable(selector, one, in_branches=in_branches)
        page = self._page()
        fitting = self._fitting(page, found)
        moved = [
            Moved(one.selectors, one.rule.block or "", one.offset + one.rule.start)
            for one in fitting
        ]
        styled = {
            number: said
            for number, said in styles(page, "\n".join(map(str, moved))).items()
            if self._is_shown(number) and said != {""}
        }
        for number, said in styled.items():
            yield self._attribute(number, said)
        if not self._prints_html:  # Rules are for what a row brings as well.
            yield from map(self._left, fitting)
        for place in self._overruled(page, moved):
            yield place, place, " !important"

    def _overruled(self, page: str, moved: Sequence[Moved]) -> Iterator[int]:
        """Where rules that stay won over what moved."""
        gone = {one.offset: one.selectors for one in moved}
        kept = [
            one
            for tag in self.tags
            if isinstance(tag, StyleSheet) and not self._is_filled(tag)
            for one in kept_rules(self.masked[tag.start : tag.end], gone, tag.start)
        ]
        own = {
            number: said.value
            for number, tag in enumerate(self.tags)
            if isinstance(tag, StartTag) and (said := tag.find("style")) is not None
        }
        return overruled(kept, page, moved, own)

    def _is_filled(self, sheet: StyleSheet) -> bool:
        return _MARK.search(self.masked, sheet.start, sheet.end) is not None

    @property
    def _prints_html(self) -> bool:
        """Whether there are elements in the values of rows."""
        return any(_SAFE_FILTER.search(mark.text) for mark in self.marks)

    def _sheets(self) -> Iterator[StyleSheet]:
        for tag in self.tags:
            if isinstance(tag, StyleSheet):
                media, kind = tag.tag.find("media"), tag.tag.find("type")
                everywhere = media is None or media.value.strip().lower() in _EVERYWHERE
                if everywhere and (kind is None or "css" in kind.value.lower()):
                    if hit := _MARK.search(self.masked, tag.start, tag.end):
                        raise self.wrong("a placeholder stands in <style>", hit.start())
                    yield tag
            elif isinstance(tag, StartTag) and tag.name == "link":
                relation = tag.find("rel")
                if relation is not None and "stylesheet" in relation.value.lower():
                    raise self.wrong("<link> names a style sheet elsewhere", tag.start)

    def _selected(self, sheet: StyleSheet) -> Iterator[_Selected]:
        css = self.masked[sheet.start : sheet.end]
        for rule in rules(css):
            if rule.prelude.lower().startswith("@import"):
                place = sheet.start + rule.start
                raise self.wrong("@import names a style sheet elsewhere", place)
            if rule.is_plain:
                every = split_at(",", rule.prelude)
                now = tuple(one for one in every if _is_standing(one))
                others = tuple(one for one in every if not _is_standing(one))
                yield _Selected(rule, sheet.start, now, others)

    def _refuse_marked_tags(self) -> None:
        for tag in self.tags:
            if not isinstance(tag, StartTag):
                continue
            found = [tag.find("class"), tag.find("id")]
            if tag.is_marked or any(one and one.is_marked for one in found):
                raise self.wrong(
                    f"a placeholder chooses the class, the id or an attribute of"
                    f" <{tag.name}>",
                    tag.start,
                )

    def _refuse_unknowable(
        self, selector: str, one: _Selected, *, in_branches: bool
    ) -> None:
        place = one.offset + one.rule.start
        if in_branches and _COUNTING.search(_QUOTED.sub("", selector)):
            words = f"the selector {selector!r} counts or compares neighbours, and"
            raise self.wrong(f"{words} they differ from row to row", place)
        asked = {name.lower() for name in _ASKED.findall(selector)}
        if asked & self._filled:
            words = f"the selector {selector!r} asks for what a row fills in"
            raise self.wrong(words, place)

    def _page(self) -> str:
        """The page for css-inline: its elements numbered, and no style of its own."""
        changes: list[_Change] = []
        for number, tag in enumerate(self.tags):
            if isinstance(tag, StyleSheet):
                changes.append((tag.start, tag.end, ""))
            elif isinstance(tag, StartTag):
                at = tag.after_name
                changes.append((at, at, f' {MARKER}="{number}"'))
                own = (one for one in tag.attributes if one.name == "style")
                changes += [(one.start, one.end, "") for one in own]
        page = _patched(self.masked, changes)
        return page.replace(EXPRESSION, "x").replace(STATEMENT, " ")

    def _fitting(self, page: str, found: Sequence[_Selected]) -> list[_Selected]:
        """The rules with the selectors that fit something which is shown."""
        every = [selector for one in found for selector in one.selectors]
        hits, number, fitting = matched(page, every), 0, list[_Selected]()
        for one in found:
            fits, others = list[str](), list(one.others)
            for selector in one.selectors:
                elements = hits.get(number, frozenset())
                shown = any(map(self._is_shown, elements))
                fits += [selector] if shown else []
                # One for elements without a tag has to stay for these, "*" for body.
                beyond = any(map(self._has_no_place, elements))
                others += [] if shown and not beyond else [selector]
                number += 1
            if fits:
                rest = tuple(k for k in split_at(",", one.rule.prelude) if k in others)
                fitting.append(attrs.evolve(one, selectors=tuple(fits), others=rest))
        return fitting

    def _is_shown(self, number: int) -> bool:
        return number != NOT_WRITTEN and self._tag(number).name not in _UNSHOWN

    def _has_no_place(self, number: int) -> bool:
        return number == NOT_WRITTEN or self._tag(number).name == "html"

    def _tag(self, number: int) -> StartTag:
        tag = self.tags[number]
        assert isinstance(tag, StartTag)
        return tag

    def _attribute(self, number: int, styled: frozenset[str]) -> _Change:
        """The style in the tag: before its own, and what is important behind it.

        "!important" would win over rules for small screens as well, and Outlook passes
        over what has it.
        """
        tag = self._tag(number)
        if len(styled) > 1:
            words = f"<{tag.name}> ends in another order than it began"
            raise self.wrong(words, tag.start)
        said = declarations(*styled)
        if any("{" in one or "}" in one for one in said):
            raise self.wrong(f"a brace stands in the style of <{tag.name}>", tag.start)
        before = "; ".join(one for one in said if not is_important(one))
        after = "; ".join(plain_value(one) for one in said if is_important(one))
        own = tag.find("style")
        if own is None:
            whole = "; ".join(filter(None, (before, after)))
            return (
                tag.after_name,
                tag.after_name,
                f' style="{_escaped(whole, chr(34))}"',
            )
        if not own.quote:
            raise self.wrong(f"the style of <{tag.name}> needs quotes", tag.start)
        written = self.source[own.start : own.end].strip().rstrip(";")
        parts = (_escaped(before, own.quote), written, _escaped(after, own.quote))
        return own.start, own.end, "; ".join(filter(None, parts))

    def _left(self, one: _Selected) -> _Change:
        """What is left of a rule in its sheet: the selectors that fit nothing yet."""
        start, end = one.offset + one.rule.start, one.offset + one.rule.end
        text = ""
        if one.others:
            text, end = f"{', '.join(one.others)} ", one.offset + one.rule.opens
        lines = self.source.count("\n", start, end) - text.count("\n")
        return start, end, "\n" * lines + text

    def wrong(self, words: str, offset: int) -> TemplateError:
        line = self.source.count("\n", 0, offset) + 1
        return TemplateError(f"{words}; {_ADVICE}", "html", line)


_ADVICE = (
    "with inline_css every style is worked out once, from <style>, for all rows: write"
    " it otherwise, or leave inline_css out"
)


def _is_standing(selector: str) -> bool:
    """Whether a selector says what an element is, and not what becomes of it."""
    if "::" in selector or "[style" in selector.lower():
        return False
    bare = _QUOTED.sub("", selector)
    return all(_STANDING.fullmatch(hit[0]) for hit in _PSEUDO.finditer(bare))


def _escaped(style: str, quote: str) -> str:
    style = style.replace("&", "&amp;")
    if quote == '"':
        return style.replace('"', "&quot;")
    return style.replace("'", "&#39;")
