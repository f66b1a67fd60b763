"""What is heard of messages afterwards, in an SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from safesend.ledger.database import SQL, Database
from safesend.ledger.heard import HEARD, Heard, Word, words_of
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
from safesend.ledger.states import CODES, STATES, move, standing, unpurged
from safesend.ledger.values import State
from safesend.redaction import mask_text

__all__ = ["SqliteHindsight", "forget_heard", "heard_by_digest", "heard_of"]

_PAGE = 5_000


@attrs.frozen
class SqliteHindsight:
    """See `Hindsight` for what its methods promise."""

    database: Database

    def pages(self, campaign: int) -> Iterator[Sequence[tuple[int, bytes]]]:
        """See `Hindsight.pages`."""
        last = 0
        while True:
            asked = (campaign, last, _PAGE)
            with self.database.reading() as connection:
                page = connection.execute(SQL["page_of_rows"], asked).fetchall()
            if not page:
                return
            yield page
            last = page[-1][0]

    def look(self, campaign: int, rows: Collection[int]) -> Mapping[int, RowSeen]:
        """See `Hindsight.look`."""
        with self.database.reading() as connection:
            standing(connection, campaign)
            return _seen(connection, campaign, rows)

    def hear(self, campaign: int, news: Sequence[RowNews], now: float) -> Hearing:
        """See `Hindsight.hear`."""
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            seen = _seen(connection, campaign, {one.row for one in news})
            new = [*only_new(news, seen)]
            _write(connection, campaign, new)
            suppressed = sum(_suppress(connection, one, now) for one in new)
            changed = _settle(connection, campaign, settled_by(new, seen))
        return Hearing(
            Counter(one.word.heard for one in new),
            changed[State.ACCEPTED],
            changed[State.REFUSED],
            suppressed,
        )

    def note(self, campaign: int, *, actor: str, reason: str, now: float) -> None:
        """See `Hindsight.note`."""
        note = (campaign, now, "heard", mask_text(actor), mask_text(reason))
        with self.database.writing(durable=False) as connection:
            unpurged(connection, campaign)
            connection.execute(SQL["note_control"], note)

    def came_back(
        self, mailboxes: Collection[bytes], since: float
    ) -> Mapping[bytes, frozenset[int]]:
        """See `Hindsight.came_back`."""
        asked = (json.dumps([one.hex() for one in mailboxes]), since)
        found: dict[bytes, set[int]] = {}
        with self.database.reading() as connection:
            for mailbox, campaign in connection.execute(SQL["came_back"], asked):
                found.setdefault(mailbox, set()).add(campaign)
        return {mailbox: frozenset(ids) for mailbox, ids in found.items()}

    def tally(self, campaign: int) -> Mapping[Heard, int]:
        """See `Hindsight.tally`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["heard_tally"], (campaign,)).fetchall()
        return {HEARD[what]: number for what, number in found}


def heard_of(
    connection: sqlite3.Connection, campaign: int, row: int
) -> tuple[Word, ...]:
    """What was heard of a row."""
    asked = connection.execute(SQL["words_of_row"], (campaign, row))
    return words_of(asked.fetchone()[0])


def heard_by_digest(
    connection: sqlite3.Connection, campaign: int, digest: bytes
) -> tuple[Word, ...]:
    """The same of the row with that digest."""
    asked = connection.execute(SQL["words_of_digest"], (campaign, digest))
    return words_of(asked.fetchone()[0])


def forget_heard(connection: sqlite3.Connection, campaign: int, row: int) -> None:
    """Leave nothing but what it was, as the state is left."""
    connection.execute(SQL["forget_heard"], (campaign, row))


def _seen(
    connection: sqlite3.Connection, campaign: int, rows: Collection[int]
) -> dict[int, RowSeen]:
    asked = (campaign, json.dumps([*rows]))
    heard = words_before(connection.execute(SQL["heard_before"], asked))
    return {
        row: RowSeen(STATES[code], suppression, heard.get(row, frozenset()))
        for row, code, suppression in connection.execute(SQL["seen_rows"], asked)
    }


def _write(
    connection: sqlite3.Connection, campaign: int, news: Sequence[RowNews]
) -> None:
    rows = [news_row(campaign, one) for one in news]
    connection.executemany(SQL["hear"], rows)
    for what, number in Counter(row[1] for row in rows).items():
        connection.execute(SQL["count_heard"], (campaign, what, number))


def _suppress(connection: sqlite3.Connection, one: RowNews, now: float) -> bool:
    if not one.suppress:
        return False
    row = (one.row, now, int(one.asked))
    added = connection.execute(SQL["suppress_heard"], row).rowcount
    if one.asked:
        connection.execute(SQL["ask_heard"], (one.row,))
    return added > 0


def _settle(
    connection: sqlite3.Connection, campaign: int, rows: Iterable[int]
) -> Counter[State]:
    """Give the rows the state that follows from all that was heard of them.

    And those that a run left in doubt meanwhile; gives how many got which state.
    """
    left = (row for (row,) in connection.execute(SQL["doubts_heard_of"], (campaign,)))
    ids = {*rows, *left}
    changed = Counter[State]()
    for row, seen in _seen(connection, campaign, ids).items():
        state, word = fate_of(heard_of(connection, campaign, row))
        reply = (word.code, word.enhanced, word.text, word.at)
        connection.execute(SQL["settle_heard"], (row, CODES[state], *reply))
        move(connection, campaign, 1, seen.state, state)
        changed[state] += 1
    return changed
