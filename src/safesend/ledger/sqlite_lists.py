"""How far suppression lists have come, in an SQLite file."""

from __future__ import annotations

import attrs

from safesend.ledger.database import SQL, Database
from safesend.ledger.lists import Change

__all__ = ["SqliteLists"]


@attrs.frozen
class SqliteLists:
    """See `Lists`."""

    database: Database

    def newest(self, id_: str) -> Change | None:
        """See `Lists.newest`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["seen_list"], (id_,)).fetchone()
        return None if found is None else Change(*found)

    def note(self, id_: str, change: Change) -> Change:
        """See `Lists.note`."""
        seen = (id_, *attrs.astuple(change))
        with self.database.writing(durable=False) as connection:
            connection.execute(SQL["see_list"], seen)
            return Change(*connection.execute(SQL["seen_list"], (id_,)).fetchone())
