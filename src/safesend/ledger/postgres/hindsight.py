"""What is heard of messages afterwards, in PostgreSQL.

News come by the thousand, so each step is one statement for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from safesend.ledger.heard import HEARD, Heard, Word, in_order
from safesend.ledger.hindsight import (
    Hearing,
    RowNews,
    RowSeen,
    fate_of,
    news_row,
    only_new,
    settled_by,
    words_before,
)
from safesend.ledger.postgres.database import SQL, Connection, Database, again
from safesend.ledger.postgres.states import move, standing, unpurged
from safesend.ledger.states import CODES, STATES
from safesend.ledger.values import State
from safesend.redaction import mask_text

__all__ = ["PostgresHindsight", "forget_heard", "heard_by_digest", "heard_of"]

_PAGE = 5_000


@attrs.frozen
class PostgresHindsight:
    """See `Hindsight` for what its methods promise."""

    database: Database

    def pages(self, campaign: int) -> Iterator[Sequence[tuple[int, bytes]]]:
        """See `Hindsight.pages`."""
        last = 0
        while page := self._page(campaign, last):
            yield page
            last = page[-1][0]

    @again
    def look(self, campaign: int, rows: Collection[int]) -> Mapping[int, RowSeen]:
        """See `Hindsight.look`."""
        with self.database.reading(snapshot=True) as connection:
            standing(connection, campaign)
            return _seen(connection, campaign, rows)

    @again
    def hear(self, campaign: int, news: Sequence[RowNews], now: float) -> Hearing:
        """See `Hindsight.hear`."""
        with self.database.writing(campaign) as connection:
            unpurged(connection, campaign)
            # Those that a run left in doubt meanwhile.
            left = _ids(connection, "doubts_heard_of", campaign)
            asked = {one.row for one in news}.union(left)
            seen = _seen(connection, campaign, asked)
            new = [*only_new(news, seen)]
            _write(connection, campaign, new)
            suppressed = _suppress(connection, new, now)
            doubted = [
                row for row in left if row in seen and seen[row].state is State.IN_DOUBT
            ]
            settled = {*settled_by(new, seen), *doubted}
            changed = _settle(connection, campaign, settled, seen)
        return Hearing(
            Counter(one.word.heard for one in new),
            changed[State.ACCEPTED],
            changed[State.REFUSED],
            suppressed,
        )

    @again
    def note(self, campaign: int, *, actor: str, reason: str, now: float) -> None:
        """See `Hindsight.note`."""
        note = (campaign, now, "heard", mask_text(actor), mask_text(reason))
        with self.database.writing(campaign) as connection:
            unpurged(connection, campaign)
            connection.execute(SQL["note_control"], note)

    @again
    def came_back(
        self, mailboxes: Collection[bytes], since: float
    ) -> Mapping[bytes, frozenset[int]]:
        """See `Hindsight.came_back`."""
        found: dict[bytes, set[int]] = {}
        with self.database.reading() as connection:
            asked = connection.execute(SQL["came_back"], ([*mailboxes], since))
            for mailbox, campaign in asked.fetchall():
                found.setdefault(mailbox, set()).add(campaign)
        return {mailbox: frozenset(ids) for mailbox, ids in found.items()}

    @again
    def tally(self, campaign: int) -> Mapping[Heard, int]:
        """See `Hindsight.tally`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["heard_tally"], (campaign,)).fetchall()
        return {HEARD[what]: number for what, number in found}

    @again
    def _page(self, campaign: int, last: int) -> Sequence[tuple[int, bytes]]:
        asked = (campaign, last, _PAGE)
        with self.database.reading() as connection:
            return connection.execute(SQL["page_of_rows"], asked).fetchall()


def heard_of(
    connection: Connection, campaign: int, rows: Collection[int]
) -> Mapping[int, tuple[Word, ...]]:
    """What was heard of each of these rows; nothing of one that is not in it."""
    asked = (campaign, [*rows])
    return _words(connection.execute(SQL["words_of_rows"], asked).fetchall())


def heard_by_digest(
    connection: Connection, campaign: int, digest: bytes
) -> tuple[Word, ...]:
    """The same of the row with that digest."""
    asked = (campaign, digest)
    found = connection.execute(SQL["words_of_digest"], asked).fetchall()
    return next(iter(_words(found).values()), ())


def forget_heard(connection: Connection, campaign: int, row: int) -> None:
    """Leave nothing but what it was, as the state is left."""
    connection.execute(SQL["forget_heard"], (campaign, row))


def _words(told: Iterable[tuple[Any, ...]]) -> dict[int, tuple[Word, ...]]:
    found: dict[int, list[Word]] = {}
    for row, what, *rest in told:
        found.setdefault(row, []).append(Word(HEARD[what], *rest))
    return {row: in_order(words) for row, words in found.items()}


def _ids(connection: Connection, query: str, campaign: int) -> list[int]:
    return [row for (row,) in connection.execute(SQL[query], (campaign,)).fetchall()]


def _seen(
    connection: Connection, campaign: int, rows: Collection[int]
) -> dict[int, RowSeen]:
    asked = (campaign, [*rows])
    heard = words_before(connection.execute(SQL["heard_before"], asked).fetchall())
    found = connection.execute(SQL["seen_rows"], asked).fetchall()
    return {
        row: RowSeen(STATES[code], suppression, heard.get(row, frozenset()))
        for row, code, suppression in found
    }


def _columns(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    return [[*column] for column in zip(*rows, strict=True)]


def _write(connection: Connection, campaign: int, news: Sequence[RowNews]) -> None:
    if not news:
        return
    columns = _columns(news_row(campaign, one) for one in news)
    connection.execute(SQL["hear"], columns)
    connection.execute(SQL["count_heard"], (campaign, columns[1]))


def _suppress(connection: Connection, news: Sequence[RowNews], now: float) -> int:
    rows = [(one.row, one.asked) for one in news if one.suppress]
    if not rows:
        return 0
    ids, asked = _columns(rows)
    added = connection.execute(SQL["suppress_heard"], (ids, now, asked)).rowcount
    wished = [row for row, asked in rows if asked]
    connection.execute(SQL["ask_heard"], (wished,))
    return added


def _settle(
    connection: Connection,
    campaign: int,
    rows: Collection[int],
    seen: Mapping[int, RowSeen],
) -> Counter[State]:
    """Give the rows the state that follows from all that was heard of them.

    Gives how many got which state.
    """
    changed = Counter[State]()
    if not rows:
        return changed
    moves = Counter[tuple[State, State]]()
    settled = []
    for row, words in heard_of(connection, campaign, rows).items():
        state, word = fate_of(words)
        reply = (word.code, word.enhanced, word.text, word.at)
        settled.append((row, CODES[state], *reply))
        moves[seen[row].state, state] += 1
        changed[state] += 1
    connection.execute(SQL["settle_heard"], _columns(settled))
    for (before, state), number in moves.items():
        move(connection, campaign, number, before, state)
    return changed
