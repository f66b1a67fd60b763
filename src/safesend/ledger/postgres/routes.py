"""How routes fare, as PostgreSQL keeps it for all machines."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from safesend.ledger.flow import Arrivals, Flow
from safesend.ledger.granted import GrantedArrivals
from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.postgres.paces import PostgresIssuer
from safesend.ledger.routes import flow_of, row_of

__all__ = ["Routes"]


@attrs.define
class Routes:
    """The routes of one ledger, known to all of its campaigns and processes."""

    database: Database

    @again
    def flows(self, since: float) -> list[Flow]:
        """See `Ledger.flows`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["flows"], (since,)).fetchall()
        return [flow_of(*row) for row in found]

    @again
    def note(self, flows: Sequence[Flow]) -> None:
        """See `Ledger.note_flows`."""
        if flows:
            # In one order, so that two who write do not wait for each other for ever.
            rows = sorted(map(row_of, flows), key=lambda row: row[:2])
            with self.database.writing(durable=False) as connection:
                connection.executemany(SQL["note_flow"], rows)

    def arrivals(self) -> Arrivals:
        """See `Ledger.arrivals`."""
        return GrantedArrivals(PostgresIssuer(self.database))
