"""What only a row can tell: the few things that its values decide, quickly asked.

What was said of one row is not said of the next: a thousand like it need one remedy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import attrs

from safesend.checks.mailboxes import links, pictures, size, subject
from safesend.checks.mailboxes.advice import Advice
from safesend.checks.mailboxes.catalogue import ALL_ADVICE
from safesend.checks.mailboxes.letter import Letter
from safesend.errors import Leak
from safesend.message.compile import CompiledMessage
from safesend.message.compose import Composed

__all__ = ["RowAdvice", "Suitability"]


class RowAdvice(Protocol):
    """Looks at the message of one row: the place, and what is the matter there."""

    def look(self, composed: Composed) -> tuple[str, str] | None:
        """What is the matter, or None."""


@attrs.define
class Suitability:
    """How a letter suits mailboxes: first the letter, then row by row."""

    letter: Letter
    _asked: list[tuple[Advice, RowAdvice]] = attrs.field(init=False)

    @classmethod
    def of(cls, compiled: CompiledMessage) -> Suitability:
        """That of a campaign's letter."""
        return cls(Letter.of(compiled))

    def __attrs_post_init__(self) -> None:
        self._asked = list(_row_advice(self.letter))

    def shared(self) -> Iterator[Leak]:
        """What there is to say of the letter as such."""
        for advice in ALL_ADVICE:
            yield from advice.warnings(self.letter)

    def row(self, composed: Composed) -> list[Leak]:
        """What there is to say of one row, and was not said of one before."""
        found: list[Leak] = []
        for pair in self._asked:
            said = pair[1].look(composed)
            if said is not None:
                found.append(pair[0].warning(*said, row=composed.recipient.source))
                self._asked = [one for one in self._asked if one is not pair]
        return found


def _row_advice(letter: Letter) -> Iterator[tuple[Advice, RowAdvice]]:
    long = size.row_size(letter)
    if long is not None:
        yield size.ADVICE, long
    changing = subject.row_subject(letter)
    if changing is not None:
        yield subject.ADVICE, changing
    for one in links.row_links(letter):
        yield (pictures.ADVICE if one.is_picture else links.ADVICE), one
