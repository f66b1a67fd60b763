"""What to do next, as data: no clock, no ledger, no socket.

The loop in `run.py` tells how things stand and does what it is told.
"""

from __future__ import annotations

import math

import attrs

__all__ = ["Claim", "Dispatcher", "Done", "Step", "Wait"]

BATCH = 512
"""Rows a claim; what a machine's crash can leave in doubt is about one of these."""

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
    due within a minute. `rate` is messages a second where a throttle holds.
    """

    deadline: float | None = None
    rate: float | None = None

    def batch(self) -> int:
        """Rows a claim: a second's worth under a throttle, so that few lie in hand."""
        return BATCH if self.rate is None else min(BATCH, max(1, math.ceil(self.rate)))

    def next(
        self, now: float, *, ready: int, in_flight: int, next_due: float | None
    ) -> Step:
        """The next step.

        `ready` rows are claimed and not begun, `in_flight` are with a session,
        `next_due` is the earliest date of a row that waits in the ledger (None: no
        row waits).
        """
        if self.deadline is not None and now >= self.deadline:
            return Done()
        batch = self.batch()
        if next_due is not None and next_due <= now:
            return Claim(batch) if ready * 2 <= batch else Wait(None)
        if ready or in_flight:
            return Wait(next_due)
        if next_due is None or next_due > self._patience(now):
            return Done()
        return Wait(next_due)

    def _patience(self, now: float) -> float:
        return now + PATIENCE if self.deadline is None else self.deadline
