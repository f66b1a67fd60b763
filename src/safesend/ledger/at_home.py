"""A ledger all of whose runs are on one machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from safesend.clock import Clock
from safesend.ledger.runs import LEASE

__all__ = ["AtHome"]


class AtHome(ABC):
    """There is one clock, and the marks of its runs are exact and can be read."""

    many_machines = False
    lease = LEASE

    def clock(self, own: Clock) -> Clock:
        """See `Ledger.clock`."""
        return own

    def begin(self, run: int, ids: Sequence[int]) -> None:  # noqa: ARG002
        """See `Ledger.begin`: the marks say it too."""
        self._run(run)

    @abstractmethod
    def _run(self, run: int) -> object:
        """Raises `LedgerError` for a run that has ended."""
