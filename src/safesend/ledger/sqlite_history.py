"""The past of a campaign, read from the tables in one transaction."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from safesend.ledger.chronicles import chronicle_of, rehearsal_row, switch_rows
from safesend.ledger.database import SQL, Database
from safesend.ledger.history import Chronicle, RehearsalNote, Sessions, Switch
from safesend.ledger.runs import Presence, is_over, marks_path, this_process
from safesend.ledger.states import standing

__all__ = ["SqliteHistory"]


@attrs.frozen
class SqliteHistory:
    """See `History`. `mine` tells whether a run is one of this process."""

    database: Database
    mine: Callable[[int], bool]

    def note_rehearsal(self, campaign: int, note: RehearsalNote) -> None:
        """See `History.note_rehearsal`."""
        with self.database.writing(durable=False) as connection:
            connection.execute(SQL["note_rehearsal"], rehearsal_row(campaign, note))

    def note_sessions(self, run: int, sessions: Sequence[Sessions]) -> None:
        """See `History.note_sessions`."""
        rows = [(run, one.route, one.security, one.number) for one in sessions]
        with self.database.writing(durable=False) as connection:
            connection.executemany(SQL["note_session"], rows)

    def note_switches(self, campaign: int, switches: Sequence[Switch]) -> None:
        """See `History.note_switches`."""
        with self.database.writing(durable=False) as connection:
            connection.executemany(SQL["note_order"], switch_rows(campaign, switches))

    def chronicle(self, campaign: int, now: float) -> Chronicle:
        """See `History.chronicle`."""
        with self._snapshot() as connection:
            standing(connection, campaign)

            def asked(query: str, *values: object) -> list[tuple[Any, ...]]:
                return connection.execute(SQL[query], (campaign, *values)).fetchall()

            return chronicle_of(asked, lambda who: self._alive(who, now))

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """One state of the file for several statements: they fit together."""
        with self.database.reading() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def _alive(self, who: Presence, now: float) -> bool:
        marks = marks_path(self.database.path, who.run)
        return self.mine(who.run) or not is_over(who, this_process(), now, marks)
