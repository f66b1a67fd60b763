"""How far a list has come: its changes, each with a number and a mark of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from safesend.ledger.lists import Change

if TYPE_CHECKING:
    from safesend.ledger.database import Database

__all__ = ["Changes"]


@attrs.frozen
class Changes:
    """Of an open list. They say when it was changed, and nothing of whom it names."""

    database: Database
    sql: Mapping[str, str] = attrs.field(repr=False)

    def newest(self) -> Change:
        """The last one. Raises `LedgerError` where the file is not there any more."""
        self.database.must_be_there()
        with self.database.reading() as connection:
            found = connection.execute(self.sql["newest_change"]).fetchone()
        return Change(*found)

    def has(self, change: Change) -> bool:
        """Whether the list came by this one."""
        asked = (change.number, change.mark)
        with self.database.reading() as connection:
            found = connection.execute(self.sql["has_change"], asked).fetchone()
        return found is not None

    def add(self, connection: Any, now: float) -> None:
        """One more, in the transaction that makes it."""
        connection.execute(self.sql["change"], (now,))

    def begin_era(self, connection: Any, now: float, after: float) -> None:
        """One more, by which this copy is the list: later than the era `after`."""
        connection.execute(self.sql["begin_era"], (now, after))
