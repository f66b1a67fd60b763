"""The kinds of campaigns and rows in PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import attrs

from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.states import STATES
from safesend.ledger.values import State
from safesend.redaction import mask_text

__all__ = ["PostgresKinds"]


@attrs.frozen
class PostgresKinds:
    """See `Kinds` for what its methods promise."""

    database: Database

    @again
    def describe(self, campaign: int, kind: str, about: str) -> None:
        """See `Kinds.describe`."""
        with self.database.writing(campaign) as connection:
            connection.execute(SQL["describe"], (campaign, kind, mask_text(about)))

    @again
    def seeds(self, campaign: int) -> Mapping[State, int]:
        """See `Kinds.seeds`."""
        found = Counter[State]()  # two numbers stand for one state
        with self.database.reading() as connection:
            for code, number in connection.execute(SQL["seeds"], (campaign,)):
                found[STATES[code]] += number
        return found
