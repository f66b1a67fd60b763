"""Which elements of a letter stand where, whatever a row makes of its logic.

A style can be worked out once for all rows where each branch of `{% if %}` and
`{% for %}` closes the elements that it opens: the others have the same ancestors then,
in every row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from safesend.errors import TemplateError
from safesend.message.jinja_marks import Mark
from safesend.message.start_tags import EndTag, StartTag, StyleSheet

__all__ = ["VOID", "tags_in_branches"]

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"}
    | {"param", "source", "track", "wbr"}
)
"""They have no end tag (HTML, section 13.1.2)."""
_ALTERNATIVES = frozenset({"elif", "else"})
_SIMPLE = frozenset({"if", "for", "with"})
_INLINE = frozenset({"break", "continue", "debug", "do"})


@attrs.define
class _Branch:
    """What is open in a block of logic."""

    keyword: str
    opened: list[str] = attrs.field(factory=list)

    def start(self, name: str) -> None:
        if name not in VOID:
            self.opened.append(name)

    def end(self, name: str) -> bool:
        """Whether the element was opened here."""
        if name not in self.opened:
            return False
        while self.opened.pop() != name:
            pass
        return True


@attrs.define
class _Reader:
    source: str = attrs.field(repr=False)
    branches: list[_Branch] = attrs.field(factory=list)
    found: bool = False

    def mark(self, mark: Mark) -> None:
        word = mark.keyword
        if word in _ALTERNATIVES or word.startswith("end"):
            self._ended(mark)
        if word.startswith("end"):
            self.branches.pop()
        elif _opens(mark):
            self.branches.append(_Branch(word))

    def _ended(self, mark: Mark) -> None:
        if left := self.branches[-1].opened:
            raise self.wrong(
                f"<{left[-1]}> is still open before", mark.text, mark.start
            )

    def tag(self, tag: StartTag | EndTag) -> None:
        if not self.branches:
            return
        self.found, branch = True, self.branches[-1]
        if branch.keyword not in _SIMPLE:
            raise TemplateError(
                f"<{tag.name}> stands in {{% {branch.keyword} %}}: where it will be"
                " printed, and so its style, cannot be known; leave inline_css out, or"
                " write the html where it is printed",
                "html",
                self.line(tag.start),
            )
        if isinstance(tag, StartTag):
            branch.start(tag.name)
        elif not branch.end(tag.name):
            words = f"</{tag.name}> ends what is not open in"
            raise self.wrong(words, f"{{% {branch.keyword} %}}", tag.start)

    def wrong(self, words: str, where: str, offset: int) -> TemplateError:
        return TemplateError(
            f"{words} {' '.join(where.split())}: for inline_css each branch closes the"
            " elements that it opens, so that a style is the same in every row",
            "html",
            self.line(offset),
        )

    def line(self, offset: int) -> int:
        return self.source.count("\n", 0, offset) + 1


def _opens(mark: Mark) -> bool:
    if mark.keyword == "set":
        return "=" not in mark.text
    return mark.keyword not in _ALTERNATIVES | _INLINE


def tags_in_branches(
    source: str, marks: Iterable[Mark], tags: Sequence[StartTag | EndTag | StyleSheet]
) -> bool:
    """Whether there are elements that some rows have and others have not.

    Raises `TemplateError` where such an element begins or ends in one branch only.
    """
    reader = _Reader(source)
    statements = [mark for mark in marks if mark.kind == "statement"]
    plain = [tag for tag in tags if not isinstance(tag, StyleSheet)]
    for one in sorted([*statements, *plain], key=lambda one: one.start):
        if isinstance(one, Mark):
            reader.mark(one)
        else:
            reader.tag(one)
    return reader.found
