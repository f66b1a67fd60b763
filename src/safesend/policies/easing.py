"""Going slower when a server says "too fast", and faster again while it is quiet.

Halve at once, then add 5 % of the ceiling in every quiet minute; the ceiling is what
was going when the server complained. A ceiling that was passed without a complaint
rises with the rate. Times are seconds since 1970: what was learnt outlives the run.
"""

from __future__ import annotations

import math

import attrs

__all__ = ["Easing"]

_LEAST = 1 / 60
"""Messages a second: slower than one in a minute nobody is made to go."""

_UNKNOWN = 2.0
"""Messages a second that are taken to have gone where nothing is known of it."""

_CREEP = 0.05 / 60
"""Of the ceiling, in a quiet second."""

_APART = 5.0
"""Seconds between two halvings: the complaints of one moment have one cause."""

_UNLIMITED = 4.0
"""Times the ceiling at which easing ends where no limit is set."""

_FAR = 100.0
"""Keeps the exponential finite: e**100 times any rate is beyond every limit."""


@attrs.frozen
class _Eased:
    since: float
    base: float
    ceiling: float
    doubling: bool = False

    def rate(self, now: float) -> float:
        quiet = max(0.0, now - self.since)
        if self.doubling:
            return self._doubled(quiet)
        rate = self.base + self.ceiling * _CREEP * quiet
        if rate <= self.ceiling:
            return rate
        # Past the ceiling: 5 % of the rate itself, which joins on without a bend.
        beyond = _CREEP * quiet - (1 - self.base / self.ceiling)
        return self.ceiling * math.exp(min(beyond, _FAR))

    def _doubled(self, quiet: float) -> float:
        # Quiet may be for want of mail: from some point on it creeps here as well.
        most = self.ceiling * _UNLIMITED
        there = _APART * math.log2(most / self.base)
        if quiet < there:
            return self.base * 2 ** (quiet / _APART)
        return most * math.exp(min(_CREEP * (quiet - there), _FAR))

    def end(self) -> float:
        """The rate from which on there is no limit any more, where none is set."""
        most = self.ceiling * _UNLIMITED
        return most * _UNLIMITED if self.doubling else most


@attrs.define
class Easing:
    """The rate that a server's complaints leave, for a route or a provider on it."""

    _eased: _Eased | None = None
    _limit: float | None = None

    @classmethod
    def restored(
        cls,
        state: tuple[float, float, float] | None,
        now: float,
        limit: float | None = None,
    ) -> Easing:
        """What `state` gave in an earlier run; `limit` is the user's of this one."""
        if state is None:
            return cls(limit=limit)
        since, base, ceiling = state
        ceiling = max(_LEAST, ceiling)
        base = min(max(_LEAST, base), ceiling)
        # A clock that was put back must not make the quiet begin in the future.
        return cls(_Eased(min(since, now), base, ceiling), limit)

    def slow(
        self, now: float, goodput: float, limit: float | None, *, sure: bool = True
    ) -> None:
        """The server says that messages come too fast ("4.7.28", "rate limited").

        The rate becomes half of what was going: of the smallest of the eased rate, the
        user's `limit` and `goodput`, the messages a second that were accepted lately
        (0.0: nothing is known of it). At most once in five seconds.

        `sure` says whether goodput was measured over a while. If not, half of it may be
        far too little; so the rate then doubles every five quiet seconds, until the
        next complaint finds out what the server takes.
        """
        # A clock that was put back begins anew.
        if self._eased is not None and 0 <= now - self._eased.since < _APART:
            return
        self._limit = limit
        known = [rate for rate in (self.rate(now), limit, goodput) if rate]
        ceiling = max(_LEAST, min(known, default=_UNKNOWN))
        self._eased = _Eased(now, max(_LEAST, ceiling / 2), ceiling, not sure)

    def rate(self, now: float) -> float | None:
        """Messages a second that may go; None: it is not eased, or not any more."""
        if self._eased is None:
            return None
        limit = self._limit
        end = self._eased.end() if limit is None else limit
        rate = self._eased.rate(now)
        return rate if rate < end else None

    def state(self) -> tuple[float, float, float] | None:
        """What to keep between runs: since when, from which rate, to which ceiling."""
        if self._eased is None:
            return None
        return self._eased.since, self._eased.base, self._eased.ceiling
