"""How routes fare, as PostgreSQL keeps it for all machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from safesend.ledger.arrivals import SharedArrivals, arrivals_path
from safesend.ledger.flow import Arrivals, Flow
from safesend.ledger.postgres.database import SQL, Database, again
from safesend.ledger.routes import flow_of, row_of
from safesend.ledger.runs import this_process

__all__ = ["Routes"]


@attrs.define
class Routes:
    """The routes of one ledger, known to all of its campaigns and processes.

    Arrival times lie beside `base`, and so are of the processes of this machine.
    """

    database: Database
    base: Path
    _arrivals: SharedArrivals | None = None

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
        if self._arrivals is None:
            path = arrivals_path(self.base)
            self._arrivals = SharedArrivals(path, this_process().boot)
        return self._arrivals

    def close(self) -> None:
        """Let go of the shared file."""
        arrivals, self._arrivals = self._arrivals, None
        if arrivals is not None:
            arrivals.close()
