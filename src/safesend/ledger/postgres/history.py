"""The past of a campaign, read from PostgreSQL as of one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from safesend.ledger.chronicles import chronicle_of, rehearsal_row, switch_rows
from safesend.ledger.history import Chronicle, RehearsalNote, Sessions, Switch
from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.postgres.states import standing
from safesend.ledger.runs import Presence

__all__ = ["PostgresHistory"]


@attrs.frozen
class PostgresHistory:
    """See `History`. `alive`: whether a run goes on at a date, as far as we know."""

    database: Database
    alive: Callable[[Presence, float], bool]

    @again
    def note_rehearsal(self, campaign: int, note: RehearsalNote) -> None:
        """See `History.note_rehearsal`."""
        with self.database.writing() as connection:
            connection.execute(SQL["note_rehearsal"], rehearsal_row(campaign, note))

    @again
    def note_sessions(self, run: int, sessions: Sequence[Sessions]) -> None:
        """See `History.note_sessions`."""
        told = [(one.route, one.security, one.number) for one in sessions]
        if not told:
            return
        with self.database.writing(durable=False) as connection:
            columns = map(list, zip(*told, strict=True))
            connection.execute(SQL["note_sessions"], (run, *columns))

    @again
    def note_switches(self, campaign: int, switches: Sequence[Switch]) -> None:
        """See `History.note_switches`."""
        with self.database.writing(durable=False) as connection:
            for row in switch_rows(campaign, switches):
                connection.execute(SQL["note_order"], row)

    @again
    def chronicle(self, campaign: int, now: float) -> Chronicle:  # noqa: ARG002
        """See `History.chronicle`."""
        with self.database.reading(snapshot=True) as connection:
            standing(connection, campaign)
            [(date,)] = connection.execute(SQL["now"]).fetchall()

            def asked(query: str, *values: object) -> list[tuple[Any, ...]]:
                return connection.execute(SQL[query], (campaign, *values)).fetchall()

            return chronicle_of(asked, lambda who: self.alive(who, date))
