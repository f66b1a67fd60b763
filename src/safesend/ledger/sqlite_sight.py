"""Who sends, and how far they are, as the tables say."""

from __future__ import annotations

from collections.abc import Container

import attrs

from safesend.ledger.database import SQL, Database
from safesend.ledger.runs import (
    Presence,
    is_over,
    marks_path,
    this_process,
)
from safesend.ledger.sight import Sender, Spread, sender_of
from safesend.ledger.states import DEFERRED, STATES, standing

__all__ = ["SqliteSight"]


@attrs.frozen
class SqliteSight:
    """See `Sight`. `own` are the runs of this process."""

    database: Database
    own: Container[int]

    def tell(self, run: int, words: str, now: float) -> None:
        """See `Sight.tell`."""
        with self.database.writing(durable=False) as connection:
            connection.execute(SQL["tell"], (run, words, now))

    def senders(self, campaign: int, now: float) -> list[Sender]:
        """See `Sight.senders`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["senders"], (campaign,)).fetchall()
        return [sender_of(row, lambda who: self._alive(who, now)) for row in found]

    def spread(self, campaign: int) -> list[Spread]:
        """See `Sight.spread`."""
        with self.database.reading() as connection:
            upto = standing(connection, campaign).live_upto
            found = connection.execute(SQL["spread"], (campaign, upto)).fetchall()
        return [
            Spread(provider, STATES[code], code == DEFERRED, number)
            for provider, code, number in found
        ]

    def oldest(self, campaign: int) -> float | None:
        """See `Sight.oldest`."""
        with self.database.reading() as connection:
            (date,) = connection.execute(SQL["oldest"], (campaign,)).fetchone()
        return None if date is None else float(date)

    def _alive(self, who: Presence, now: float) -> bool:
        marks = marks_path(self.database.path, who.run)
        return who.run in self.own or not is_over(who, this_process(), now, marks)
