"""What an advice is: a look at a letter, why it is worth one, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from safesend.checks.mailboxes.letter import Letter
from safesend.errors import Leak, Severity

__all__ = ["Advice", "Look"]

Look = Callable[[Letter], Iterator[tuple[str, str]]]
"""Gives a place in the letter, and what is the matter there."""

_SECTION = re.compile(r"^(Why|Source|What safesend does|Way out): ", re.MULTILINE)


@attrs.frozen(kw_only=True)
class Advice:
    """Something that mail programs or providers make of a letter.

    It warns and refuses nothing: it exposes nobody. `id` (M01 ...) is what `allow=`
    takes to silence it. `look` is asked once for a campaign, not for every row.
    """

    id: str
    look: Look
    title: str
    why: str
    source: str
    answer: str
    way_out: str

    @classmethod
    def of(cls, doc: str | None, *, id: str, look: Look) -> Advice:  # noqa: A002
        """An advice from the docstring of its file.

        Its first line is the title; "Why: ", "Source: ", "What safesend does: " and
        "Way out: " follow, each a paragraph. Without docstrings they are empty.
        """
        head, *rest = _SECTION.split(doc or "")
        said = dict(zip(rest[::2], map(_line, rest[1::2]), strict=True))
        return cls(
            id=id,
            look=look,
            title=_line(head).partition(" (M")[0].rstrip("."),
            why=said.get("Why", ""),
            source=said.get("Source", ""),
            answer=said.get("What safesend does", ""),
            way_out=said.get("Way out", ""),
        )

    def warnings(self, letter: Letter) -> Iterator[Leak]:
        """What there is to say of a letter."""
        for place, reason in self.look(letter):
            yield self.warning(place, reason)

    def warning(self, place: str, reason: str, row: str = "") -> Leak:
        """A warning, which may be about the message of one row."""
        return Leak(
            self.id,
            place,
            reason,
            row=row,
            severity=Severity.WARN,
            advice=self.way_out,
        )


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line[:1].upper() + line[1:]
