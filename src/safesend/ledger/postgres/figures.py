"""How a campaign in PostgreSQL stands, in numbers and by the row."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from safesend.ledger.base import Account, Control, State
from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.postgres.hindsight import heard_by_digest
from safesend.ledger.postgres.states import standing
from safesend.ledger.records import account_of
from safesend.ledger.replies import reason
from safesend.ledger.states import CODES, STATES

__all__ = ["Figures"]


@attrs.frozen
class Figures:
    """Of all campaigns of one ledger; nothing is changed."""

    database: Database

    @again
    def control(self, campaign: int) -> Control:
        """See `Ledger.control`."""
        with self.database.reading() as connection:
            return standing(connection, campaign).control

    @again
    def counts(self, campaign: int) -> Mapping[State, int]:
        """See `Ledger.counts`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["counts"], (campaign,)).fetchall()
        return {STATES[code]: number for code, number in found}

    @again
    def deferred(self, campaign: int) -> int:
        """See `Ledger.deferred`."""
        with self.database.reading() as connection:
            [(number,)] = connection.execute(SQL["put_off"], (campaign,)).fetchall()
        return int(number)

    @again
    def account(self, campaign: int, digest: bytes) -> Account | None:
        """See `Ledger.account`."""
        with self.database.reading(snapshot=True) as connection:
            found = connection.execute(SQL["account"], (campaign, digest)).fetchone()
            if found is None:
                return None
            return account_of(found, heard_by_digest(connection, campaign, digest))

    @again
    def reasons(self, campaign: int, state: State) -> list[tuple[str, int]]:
        """See `Ledger.reasons`."""
        code = CODES[state]
        query = "reasons" if code > CODES[State.ACCEPTED] else "reasons_unindexed"
        if state is State.WAITING:
            query = "reasons_put_off"
        asked = (campaign,) if state is State.WAITING else (campaign, code)
        with self.database.reading() as connection:
            found = connection.execute(SQL[query], asked).fetchall()
        return [(reason(*row[:3]), row[3]) for row in found]
