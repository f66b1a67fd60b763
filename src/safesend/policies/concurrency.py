"""How many sessions one server is given at once, learnt from how they fare.

The scheme is that of Postfix's scheduler (its SCHEDULER_README): a success adds one Nth
of a session, so that N of them make one more; trouble takes a session away at once;
and whether the server is dead is counted apart, in cohorts of N failures.

Only trouble of a connection counts here (421, reset, refused, timed out before the
content); never what was said of a recipient. Times are seconds of one clock.
"""

from __future__ import annotations

import attrs

__all__ = ["Window"]

_DEAD = 3
"""Failed cohorts without a success after which a server counts as dead."""

_PAUSES = (60.0, 120.0, 300.0, 900.0)
"""Seconds for which a dead server is left alone: longer each time, up to the last."""

_CAP = 600.0
"""Seconds for which the window stays below where the server had too many sessions."""


@attrs.define
class Window:
    """The sessions that a server may have at once, for a route or a provider on it.

    `start` is where it begins, and how far it may run ahead of what is used. Ask
    `suspended_until` first: while a server is suspended it gets no session at all.
    """

    most: int
    start: int = 2
    limit: int = attrs.field(init=False)
    """Sessions allowed now, from 1 to `most`."""
    _successes: int = attrs.field(init=False, default=0)
    _failed_cohorts: float = attrs.field(init=False, default=0.0)
    _dropped: float | None = attrs.field(init=False, default=None)
    _cap: int | None = attrs.field(init=False, default=None)
    _capped_until: float = attrs.field(init=False, default=0.0)
    _deaths: int = attrs.field(init=False, default=0)
    _suspended: float = attrs.field(init=False, default=0.0)

    @limit.default
    def _first_limit(self) -> int:
        return max(1, min(self.start, self.most))

    def succeeded(self, busy: int, now: float) -> None:
        """A message was answered; `busy` sessions are at work, its own included."""
        self._failed_cohorts = 0.0
        if self._deaths:
            self._deaths = 0
            self.limit = min(self._first_limit(), self._ceiling(now))
            return
        if self.limit >= self._ceiling(now) or self.limit >= busy + self.start:
            return
        self._successes += 1
        if self._successes >= self.limit:
            self._set(self.limit + 1)

    def failed(self, now: float, round_trip: float) -> None:
        """A session broke or was refused.

        The window shrinks at once, and once in a round trip: what breaks together had
        one cause.
        """
        if self._buried(now):
            return
        if self._dropped is None or now - self._dropped >= round_trip:
            self._dropped = now
            self._set(self.limit - 1)

    def too_many(self, now: float) -> None:
        """The server said that it has too many connections from here.

        Each such answer speaks of one session too many; for ten minutes the window
        stays below the value it had.
        """
        if self._buried(now):
            return
        self._set(self.limit - 1)
        self._cap, self._capped_until = self.limit, now + _CAP

    def suspended_until(self, now: float) -> float | None:
        """When a dead server may be tried again; None: it may be now.

        After that date one session is the probe. A success opens the window to where it
        began; another failure suspends for longer.
        """
        return self._suspended if self._deaths and now < self._suspended else None

    def _ceiling(self, now: float) -> int:
        if self._cap is not None and now >= self._capped_until:
            self._cap = None
        return self.most if self._cap is None else self._cap

    def _set(self, limit: int) -> None:
        self.limit = max(1, limit)
        self._successes = 0

    def _buried(self, now: float) -> bool:
        """Count a failure; whether the server is dead, before or by it."""
        if self.suspended_until(now) is not None:
            return True  # sessions from before the suspension say nothing new
        self._failed_cohorts += 1 / self.limit
        if self._failed_cohorts >= _DEAD:
            self._suspended = now + _PAUSES[min(self._deaths, len(_PAUSES) - 1)]
            self._deaths += 1
            self._set(1)
        return bool(self._deaths)
