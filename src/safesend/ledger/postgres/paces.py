"""The limits of a fleet, as PostgreSQL keeps them by its own clock."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from safesend.ledger.cells import Ask, Grant, granted
from safesend.ledger.postgres.database import SQL, Database, again

__all__ = ["PostgresIssuer"]


@attrs.define
class PostgresIssuer:
    """See `Issuer`. The ledger is closed by whoever opened it.

    What was given out is on the server's disk before anybody hears of it: a server that
    crashed gives nothing twice.
    """

    database: Database
    apart = False
    _known: set[str] = attrs.field(factory=set, init=False)

    @again
    def grant(self, asks: Sequence[Ask]) -> list[Grant]:
        """See `Issuer.grant`."""
        keys = [ask.key for ask in asks]
        new = sorted(set(keys) - self._known)
        with self.database.writing() as connection:
            if new:
                connection.execute(SQL["make_paces"], (new,))
            found = connection.execute(SQL["paces"], (keys,)).fetchall()
            if len(found) < len(set(keys)):  # a purge took what was an hour old
                connection.execute(SQL["make_paces"], (sorted(set(keys)),))
                found = connection.execute(SQL["paces"], (keys,)).fetchall()
            kept = {key: (arrival, now) for key, arrival, now in found}
            grants = [granted(ask, *kept[ask.key]) for ask in asks]
            given = [one for one in grants if one.number]
            if given:
                ends = [one.ask.key for one in given], [one.end for one in given]
                connection.execute(SQL["move_paces"], ends)
        self._known.update(new)
        return grants

    @again
    def refund(self, ends: Sequence[tuple[str, float, float]]) -> None:
        """See `Issuer.refund`."""
        with self.database.writing(durable=False) as connection:
            for key, end, new in ends:
                connection.execute(SQL["refund_pace"], (key, end, new))

    def close(self) -> None:
        """See `Issuer.close`."""
