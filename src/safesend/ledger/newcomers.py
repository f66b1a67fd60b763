"""Which rows of a list are new to a draft: by numbers in memory, in doubt by a table.

Nearly every list names everybody once. So a draft keeps no more than a number of each
row, which is enough to say that it was not there before. The first time that one may
have been, the digests are looked up, in a temporary table that is made then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import attrs

from safesend.ledger.base import NewRow
from safesend.ledger.database import SQL
from safesend.message.number_table import NumberTable

__all__ = ["Newcomers", "unknown"]


@attrs.define
class Newcomers:
    """The digests of one draft; its rows have higher numbers than `live_upto`."""

    campaign: int
    live_upto: int
    _numbers: NumberTable | None = attrs.field(factory=NumberTable)
    _in_table: bool = False
    """Whether the table has them, which is written before it is asked."""

    def among(
        self, connection: sqlite3.Connection, rows: Sequence[NewRow], first: int
    ) -> tuple[Sequence[NewRow], bool]:
        """The rows that the draft did not have; they get the numbers from `first` on.

        And whether that came from the table: `settle` is to be told, once the
        transaction is written. A batch that was not leaves numbers without rows, which
        only make a later one look twice.
        """
        if self._numbers is not None and not self._met(self._numbers, rows):
            return rows, False
        self._write_table(connection)
        return _note(connection, self.campaign, rows, first), True

    def settle(self, *, in_table: bool) -> None:
        """What `among` found is written."""
        if in_table:
            self._numbers, self._in_table = None, True

    def release(self) -> None:
        """Let go of the memory, since the draft is complete."""
        self._numbers = None

    def may_have(self, digest: bytes) -> bool:
        """Whether the draft may have it; False is sure."""
        return self._numbers is None or self._numbers.get(_number(digest)) is not None

    def has(self, connection: sqlite3.Connection, digest: bytes) -> bool:
        """Whether the draft has it. In a transaction, and then `settle`."""
        self._write_table(connection)
        found = connection.execute(SQL["seen"], (self.campaign, digest)).fetchone()
        return found is not None

    @staticmethod
    def _met(numbers: NumberTable, rows: Iterable[NewRow]) -> bool:
        """Whether one may have been there before; all are noted up to that one."""
        keep = numbers.setdefault
        return any(keep(_number(row.digest), 0) is not None for row in rows)

    def _write_table(self, connection: sqlite3.Connection) -> None:
        if self._in_table:
            return
        connection.execute(SQL["drop_seen"], (self.campaign,))
        connection.execute(SQL["fill_seen"], (self.campaign, self.live_upto))


def unknown(
    connection: sqlite3.Connection,
    query: str,
    campaign: int,
    rows: Sequence[NewRow],
    known: int,
) -> Sequence[NewRow]:
    """The rows that a table of digests, which has so many, does not have."""
    if not known:
        return rows
    find = connection.cursor().execute
    return [
        row
        for row in rows
        if find(SQL[query], (campaign, row.digest)).fetchone() is None
    ]


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[-8:])


def _note(
    connection: sqlite3.Connection, campaign: int, rows: Sequence[NewRow], first: int
) -> Sequence[NewRow]:
    """Note the digests in the table; gives the rows that were not in it."""
    first_mentions: dict[bytes, NewRow] = {}
    for row in rows:
        first_mentions.setdefault(row.digest, row)
    rows = list(first_mentions.values())
    connection.execute("SAVEPOINT note")
    added = _add_seen(connection, campaign, rows, first)
    if added != len(rows):
        # Which of them were there, is only asked for then.
        connection.execute("ROLLBACK TO note")
        rows = unknown(connection, "seen", campaign, rows, known=1)
        _add_seen(connection, campaign, rows, first)
    connection.execute("RELEASE note")
    return rows


def _add_seen(
    connection: sqlite3.Connection, campaign: int, rows: Sequence[NewRow], first: int
) -> int:
    return connection.executemany(
        SQL["add_seen"],
        [(campaign, row.digest, number) for number, row in enumerate(rows, first)],
    ).rowcount
