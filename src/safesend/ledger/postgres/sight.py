"""Who sends from which machine, and how far they are, as PostgreSQL says."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.postgres.states import standing
from safesend.ledger.runs import Presence
from safesend.ledger.sight import Sender, Spread, sender_of
from safesend.ledger.states import DEFERRED, STATES

__all__ = ["PostgresSight"]


@attrs.frozen
class PostgresSight:
    """See `Sight`. `alive`: whether a run goes on at a date, as far as we know."""

    database: Database
    alive: Callable[[Presence, float], bool]

    @again
    def tell(self, run: int, words: str, now: float) -> None:
        """See `Sight.tell`."""
        with self.database.writing(durable=False) as connection:
            connection.execute(SQL["tell"], (run, words, now))

    @again
    def senders(self, campaign: int, now: float) -> list[Sender]:  # noqa: ARG002
        """See `Sight.senders`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["senders"], (campaign,)).fetchall()
            [(date,)] = connection.execute(SQL["now"]).fetchall()
        return [sender_of(row, lambda who: self.alive(who, date)) for row in found]

    @again
    def spread(self, campaign: int) -> list[Spread]:
        """See `Sight.spread`."""
        with self.database.reading(snapshot=True) as connection:
            upto = standing(connection, campaign).live_upto
            found = connection.execute(SQL["spread"], (campaign, upto)).fetchall()
        return [
            Spread(provider, STATES[code], code == DEFERRED, number)
            for provider, code, number in found
        ]

    @again
    def oldest(self, campaign: int) -> float | None:
        """See `Sight.oldest`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["oldest"], (campaign,)).fetchone()
        return None if found is None or found[0] is None else float(found[0])
