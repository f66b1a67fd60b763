"""Until when others believe that this run lives."""

from __future__ import annotations

import math

import attrs

__all__ = ["Lease"]


@attrs.define
class Lease:
    """Once it is over, others may decide about its rows: nothing more is begun.

    `until` is a monotonic date. A process that was stopped, or a machine that slept,
    finds it over before anything else happens. On one machine a process is seen to
    live, and the lease has no end.
    """

    seconds: float = math.inf
    until: float = math.inf

    def renewed(self, asked: float) -> None:
        """The ledger renewed it, after it was asked at that date."""
        self.until = asked + self.seconds
