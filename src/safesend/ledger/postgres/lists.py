"""How far suppression lists have come, in PostgreSQL."""

from __future__ import annotations

import attrs

from safesend.ledger.lists import Change
from safesend.ledger.postgres.database import SQL, Connection, Database, again

__all__ = ["PostgresLists"]


@attrs.frozen
class PostgresLists:
    """See `Lists`."""

    database: Database

    @again
    def newest(self, id_: str) -> Change | None:
        """See `Lists.newest`."""
        with self.database.reading() as connection:
            return _seen(connection, id_)

    @again
    def note(self, id_: str, change: Change) -> Change:
        """See `Lists.note`."""
        seen = (id_, *attrs.astuple(change))
        with self.database.writing(durable=False) as connection:
            connection.execute(SQL["see_list"], seen)
            return _seen(connection, id_) or change


def _seen(connection: Connection, id_: str) -> Change | None:
    found = connection.execute(SQL["seen_list"], (id_,)).fetchone()
    if found is None:
        return None
    number, mark, at, era = found
    return Change(number, bytes(mark), at, era)
