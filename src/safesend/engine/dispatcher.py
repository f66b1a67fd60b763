"""What to do next, as data: no clock, no ledger, no socket.

The loop in `run.py` tells how things stand and does what it is told.
"""

from __future__ import annotations

import math

import attrs

__all__ = ["BATCH", "Claim", "Dispatcher", "Done", "Step", "Wait"]

BATCH = 512
"""Rows that may be claimed and not recorded at a time: what a machine's crash can leave
in doubt."""

PATIENCE = 60.0
"""Without a deadline a call waits at most so long (seconds) for the next date."""


@attrs.frozen
class Claim:
    """Take up to so many rows from the ledger."""

    limit: int


@attrs.frozen
class Wait:
    """Nothing to do before that date (seconds since 1970), or until something ends."""

    until: float | None


@attrs.frozen
class Done:
    """The call returns once nothing is in flight any more."""


Step = Claim | Wait | Done


@attrs.frozen
class Dispatcher:
    """The schedule of one call.

    `deadline` is the date by which it returns, None for the default: when nothing is
    due within a minute. `rate` is messages a second where a throttle holds, `lanes`
    the most sessions at a time.
    """

    deadline: float | None = None
    rate: float | None = None
    lanes: int = 1

    def batch(self) -> int:
        """Rows in hand at most: under a throttle few, so that few lie about."""
        if self.rate is None:
            return BATCH
        ahead = min(2 * self.lanes, math.ceil(2 * self.rate))
        return min(BATCH, math.ceil(self.rate) + ahead)

    def wanted(self, ready: int, in_flight: int, stalled: int) -> int:
        """How many rows more the hand takes; 0 while it has enough."""
        room = self.batch() - stalled
        flowing = ready - stalled
        free = room - flowing - in_flight
        return free if flowing * 2 <= room and free > 0 else 0

    def next(
        self,
        now: float,
        *,
        ready: int,
        in_flight: int,
        next_due: float | None,
        stalled: int = 0,
        paced: bool = False,
        ordered: bool = False,
    ) -> Step:
        """The next step.

        `ready` rows are claimed and not begun, of which `stalled` are of providers
        that have their part of the hand; `in_flight` are with a session. `next_due` is
        the earliest date of a row that may be claimed (None: there is none); `paced`:
        but for the pace it might be claimed now, so it is no later date (nor is the
        one at which the campaign begins). `ordered`: rows wait that a person holds, who
        may let them go at any time.
        """
        if self.deadline is not None and now >= self.deadline:
            return Done()
        if next_due is not None and next_due <= now:
            wanted = self.wanted(ready, in_flight, stalled)
            return Claim(wanted) if wanted else Wait(None)
        if ready or in_flight:
            return Wait(next_due)
        patient = paced and self.deadline is None and next_due != math.inf
        if next_due is None or (next_due > self._patience(now) and not patient):
            return Wait(self.deadline) if ordered and self.deadline else Done()
        return Wait(next_due)

    def _patience(self, now: float) -> float:
        return now + PATIENCE if self.deadline is None else self.deadline
