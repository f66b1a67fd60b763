"""A ledger that says that other machines work on it, and what was begun in it."""

from __future__ import annotations

from safesend.errors import RunLost
from safesend.ledger.memory import MemoryLedger

__all__ = ["FarLedger"]


class FarLedger(MemoryLedger):
    """Notes each window. `lost()` says whether the run was taken for dead by now."""

    many_machines = True

    def __init__(self, lost=lambda: False, lease=60.0):
        super().__init__()
        self.lease = lease
        self.windows = []
        self.claims = []
        self.beats = 0
        self._lost = lost

    def begin(self, run, ids):
        """See `Ledger.begin`."""
        self._believed(run)
        super().begin(run, ids)
        self.windows.append(list(ids))

    def claim(self, campaign, run, limit, now, shares):
        """See `Ledger.claim`."""
        self._believed(run)
        rows = super().claim(campaign, run, limit, now, shares)
        self.claims.append(len(rows))
        return rows

    def beat(self, run, now):
        """See `Ledger.beat`."""
        self._believed(run)
        self.beats += 1

    def record(self, run, results, now):
        """See `Ledger.record`."""
        return 0 if self._lost() else super().record(run, results, now)

    def release(self, run, ids):
        """See `Ledger.release`."""
        if not self._lost():
            super().release(run, ids)

    def begun(self):
        """How many rows were begun."""
        return sum(map(len, self.windows))

    def _believed(self, run):
        if self._lost():
            raise RunLost(run)
