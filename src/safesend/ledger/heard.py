"""What may be heard of a message after a relay took it."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping

import attrs

__all__ = ["CAME_BACK", "HEARD", "HEARD_CODES", "Heard", "Word", "in_order", "words_of"]


class Heard(enum.StrEnum):
    """What became of a message, as somebody said who carried it or got it."""

    TAKEN = "taken"
    """The relay has it: it is kept of rows only that were still open."""
    DELIVERED = "delivered"
    """The server of the mailbox took it."""
    BOUNCED = "bounced"
    """It came back, for good."""
    RETURNED = "returned"
    """It came back, and another one may not: the mailbox was full, for example."""
    COMPLAINED = "complained"
    """The person called it spam."""
    REJECTED = "rejected"
    """The relay took it and then threw it away; nobody has it."""


CAME_BACK = frozenset({Heard.BOUNCED, Heard.RETURNED})
"""Nobody has the message, and it was the mailbox that did not take it."""

# The numbers are explained in sql/0007_heard.sql; they are never reused.
HEARD_CODES: Mapping[Heard, int] = {
    Heard.TAKEN: 1,
    Heard.DELIVERED: 2,
    Heard.BOUNCED: 3,
    Heard.RETURNED: 4,
    Heard.COMPLAINED: 5,
    Heard.REJECTED: 6,
}
HEARD: Mapping[int, Heard] = {code: heard for heard, code in HEARD_CODES.items()}


@attrs.frozen
class Word:
    """One thing that was heard, when it happened, and a reply if there was one."""

    heard: Heard
    at: float
    code: int | None = None
    enhanced: str | None = None
    text: str = ""
    """Masked."""

    def __str__(self) -> str:
        said = " ".join(
            str(one) for one in (self.code, self.enhanced, self.text) if one
        )
        return f"{self.heard}: {said}" if said else str(self.heard)


def in_order(words: Iterable[Word]) -> tuple[Word, ...]:
    """By date; what is said of one moment in the order of what happens."""
    return tuple(sorted(words, key=lambda word: (word.at, HEARD_CODES[word.heard])))


def words_of(told: str) -> tuple[Word, ...]:
    """What a statement gave as a JSON array of arrays."""
    return in_order(Word(HEARD[what], *rest) for what, *rest in json.loads(told))
