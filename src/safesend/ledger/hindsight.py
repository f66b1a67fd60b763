"""What is heard of messages after they were sent, and what becomes of their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import attrs

from safesend.ledger.heard import HEARD, HEARD_CODES, Heard, Word, in_order
from safesend.ledger.replies import short
from safesend.ledger.values import State

__all__ = [
    "Hearing",
    "Hindsight",
    "RowNews",
    "RowSeen",
    "fate_of",
    "is_settled_by",
    "news_row",
    "only_new",
    "settled_by",
    "words_before",
]

_OPEN = frozenset({State.WAITING, State.IN_DOUBT})
_UNSETTLED = _OPEN | {State.SENDING}
_ACCEPTED, _REFUSED = 250, 554  # what SMTP says for it


@attrs.frozen
class RowSeen:
    """A row, and what was heard of it before. `suppression` stands for its mailbox."""

    state: State
    suppression: bytes
    heard: frozenset[Heard] = frozenset()


@attrs.frozen
class RowNews:
    """What was heard of a row.

    `suppress`: no later campaign of the ledger writes to its mailbox; `asked`: since
    the person wished it, so that it outlasts the campaign.
    """

    row: int
    word: Word
    suppress: bool = False
    asked: bool = False


@attrs.frozen
class Hearing:
    """What came of news: how much of it was new, and how many rows changed.

    `accepted` and `refused` rows were open, or (refused) accepted before.
    """

    new: Mapping[Heard, int] = attrs.field(factory=dict)
    accepted: int = 0
    refused: int = 0
    suppressed: int = 0


class Hindsight(Protocol):
    """Reached as `ledger.hindsight`."""

    def pages(self, campaign: int) -> Iterator[Sequence[tuple[int, bytes]]]:
        """All live rows of a campaign as (number, digest), a page at a time."""

    def look(self, campaign: int, rows: Collection[int]) -> Mapping[int, RowSeen]:
        """How these rows stand, as far as they are live rows of the campaign."""

    def hear(self, campaign: int, news: Sequence[RowNews], now: float) -> Hearing:
        """Keep what is new, and settle the rows that it is about, in one transaction.

        Whatever is heard of a message but REJECTED says that the relay took it: a row
        that waits or is in doubt is accepted. A message that was REJECTED is refused,
        even where its row is accepted. A row in the hand of a run is settled by the
        run; where that leaves it in doubt, the next call settles it. What was heard of
        a row before changes nothing, whatever has become of it: news may be told
        twice, and in any order.
        """

    def note(self, campaign: int, *, actor: str, reason: str, now: float) -> None:
        """Keep who brought news, and what they were."""

    def came_back(
        self, mailboxes: Collection[bytes], since: float
    ) -> Mapping[bytes, frozenset[int]]:
        """Of which campaigns a message to each of these mailboxes came back since then.

        Mailings to a list count, and not what is purged; a mailbox of which there is
        none may be missing.
        """

    def tally(self, campaign: int) -> Mapping[Heard, int]:
        """Of how many rows each thing was heard; it outlasts a purge."""


def only_new(news: Iterable[RowNews], seen: Mapping[int, RowSeen]) -> Iterator[RowNews]:
    """What of it was not heard before, each thing once of a row.

    That the relay has a message is worth keeping while its row is open only.
    """
    told: set[tuple[int, Heard]] = set()
    for one in news:
        row, what = seen.get(one.row), (one.row, one.word.heard)
        if row is None or one.word.heard in row.heard or what in told:
            continue
        if one.word.heard is Heard.TAKEN and row.state not in _UNSETTLED:
            continue
        told.add(what)
        yield one


def is_settled_by(state: State, heard: Heard) -> bool:
    """Whether a row in that state is settled by it."""
    return state in _OPEN or (state is State.ACCEPTED and heard is Heard.REJECTED)


def settled_by(news: Iterable[RowNews], seen: Mapping[int, RowSeen]) -> list[int]:
    """The rows that these news settle."""
    return [
        one.row for one in news if is_settled_by(seen[one.row].state, one.word.heard)
    ]


def words_before(told: Iterable[tuple[int, int]]) -> Mapping[int, frozenset[Heard]]:
    """What was heard of each row, of pairs of row and number."""
    heard: dict[int, set[Heard]] = {}
    for row, what in told:
        heard.setdefault(row, set()).add(HEARD[what])
    return {row: frozenset(what) for row, what in heard.items()}


def news_row(
    campaign: int, one: RowNews
) -> tuple[int, int, int, float, int | None, str | None, str]:
    """What to write of it: campaign, what (a number), row, date, and the reply."""
    word = one.word
    said = (word.code, word.enhanced, short(word.text))
    return (campaign, HEARD_CODES[word.heard], one.row, word.at, *said)


def fate_of(words: Iterable[Word]) -> tuple[State, Word]:
    """What becomes of a row of which that was heard, and the reply that it has then."""
    words = in_order(words)
    for word in words:
        if word.heard is Heard.REJECTED:
            return State.REFUSED, attrs.evolve(word, code=word.code or _REFUSED)
    first = words[0]
    text = f"heard of it afterwards: {first.heard}"
    return State.ACCEPTED, Word(first.heard, first.at, _ACCEPTED, None, text)
