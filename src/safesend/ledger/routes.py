"""How routes fare, as the tables keep it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from safesend.ledger.arrivals import SharedArrivals, arrivals_path
from safesend.ledger.database import SQL, Database
from safesend.ledger.flow import Arrivals, Flow
from safesend.ledger.runs import this_process
from safesend.redaction import mask_text

__all__ = ["Routes", "flow_of", "row_of"]


@attrs.define
class Routes:
    """The routes of one ledger, known to all of its campaigns and processes."""

    database: Database
    _arrivals: SharedArrivals | None = None

    def flows(self, since: float) -> list[Flow]:
        """See `Ledger.flows`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["flows"], (since,)).fetchall()
        return [flow_of(*row) for row in found]

    def note(self, flows: Sequence[Flow]) -> None:
        """See `Ledger.note_flows`."""
        if flows:
            with self.database.writing(durable=False) as connection:
                connection.executemany(
                    SQL["note_flow"], [row_of(flow) for flow in flows]
                )

    def arrivals(self) -> Arrivals:
        """See `Ledger.arrivals`."""
        with self.database.reading():
            if self._arrivals is None:
                path = arrivals_path(self.database.path)
                self._arrivals = SharedArrivals(path, this_process().boot)
            return self._arrivals

    def close(self) -> None:
        """Let go of the shared file."""
        arrivals, self._arrivals = self._arrivals, None
        if arrivals is not None:
            arrivals.close()


def flow_of(
    route: str,
    provider: str,
    began: float | None,
    window: int | None,
    *rest: Any,
) -> Flow:
    """A route as the tables have it."""
    eased_rate, eased_from, eased_at, paused_until, reason, changed = rest
    eased = None if eased_rate is None else (eased_rate, eased_from, eased_at)
    return Flow(
        route=route,
        provider=provider,
        began=began,
        window=window,
        easing=eased,
        paused_until=paused_until,
        reason=reason,
        changed=changed,
    )


def row_of(flow: Flow) -> tuple[object, ...]:
    """A route as the tables are to have it, by name first."""
    return (
        flow.route,
        flow.provider,
        flow.began,
        flow.window,
        *(flow.easing or (None, None, None)),
        flow.paused_until,
        mask_text(flow.reason),
        flow.changed,
    )
