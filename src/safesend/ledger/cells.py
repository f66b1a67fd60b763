"""Cells: the times at which a fleet may send, given out in small numbers (pure).

One limit of many workers is one number that all of them can reach: the theoretical
arrival time (GCRA, ITU-T I.371) of the next cell. A worker asks for a few at a time.
What it gets begins at that number and moves it on, one `step` for each cell; so the
cells of all workers lie a step apart. Each is used within `tolerance` = (burst - 1)
steps or is lost. Hence in any t seconds no more than rate * t + burst go.

Where the burst is small a process would lose its cells to every hiccup. So a grant has
some `slack` behind its last cell: who is late may move all that is left of the grant by
as much. Cells stay a step apart, and the next grant begins behind the slack.

The times are those of whoever keeps the number. A worker learns them with the answer,
and knows only that they were read after it asked and before it got it. Cells are never
used early for that: they are counted from when the answer came. That they are never
late is paid for from slack and tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import attrs

from safesend.policies.throttle import Pace

__all__ = [
    "AHEAD",
    "GRACE",
    "Ask",
    "Cells",
    "Grant",
    "Issuer",
    "granted",
    "most_of",
    "slack_of",
]

AHEAD = 0.5
"""Seconds ahead that cells are given out: longer than an answer takes."""

GRACE = 2.0
"""Seconds before the first cell of a limit of which nothing is known."""

_HICCUP = 0.05
"""Seconds that a worker may be late: its loop, or its machine, is busy."""
_LONGEST = 0.25
"""Seconds: for answers that take longer no more slack is left."""
_SLICE = 10
"""Where there is slack, the cells of a grant last so many times as long."""
_MOST_DRIFT = 0.5
"""Steps of slack for each cell, at most, for who is late at every message."""
_TICKS = 2.0**21
"""Ticks a second, as in `Pace`: sums of whole ticks are exact."""


def slack_of(pace: Pace, journey: float) -> float:
    """Seconds of slack for a worker whose answers take so long."""
    return max(0.0, _allowance(journey) - _tolerance(pace))


def most_of(pace: Pace, slack: float) -> int:
    """How many cells to ask for at once.

    So few that they last for half the tolerance: the cells of several workers are then
    mixed, and none has to keep the pace of all. With slack so many that it costs less
    than a tenth of the rate.
    """
    seconds = max(_SLICE * slack, _tolerance(pace) / 2)
    return max(1, math.ceil(seconds / pace.step))


def _allowance(journey: float) -> float:
    return _HICCUP + 2 * min(journey, _LONGEST)


def _tolerance(pace: Pace) -> float:
    return (pace.burst - 1) * pace.step


@attrs.frozen
class Ask:
    """Cells that a worker wants of one limit."""

    key: str
    number: int
    step: float
    tolerance: float
    slack: float
    past: float
    """How far back the first cell may lie: then there is time left to use it."""
    horizon: float
    """A number further ahead was not made at this pace; the same for all workers."""

    @classmethod
    def of(
        cls, key: str, pace: Pace, wanted: int, journey: float = 0.0, drift: float = 0.0
    ) -> Ask:
        """What a worker with so many rows asks for.

        Its answers take `journey` seconds; it is late by `drift` at each message.
        """
        slack, longest = slack_of(pace, journey), slack_of(pace, _LONGEST)
        number = min(wanted, most_of(pace, slack))
        if slack:
            slack += number * min(drift, _MOST_DRIFT * pace.step)
        grant = most_of(pace, longest) * (1 + _MOST_DRIFT) * pace.step + longest
        return cls(
            key,
            number,
            pace.step,
            _tolerance(pace),
            _ticks(slack),
            max(0.0, _tolerance(pace) - _allowance(journey)),
            AHEAD + _tolerance(pace) + 2 * grant,
        )

    @property
    def length(self) -> float:
        """Seconds that the grant takes up."""
        return self.number * self.step + self.slack


@attrs.frozen
class Grant:
    """What an ask got. Times of whoever gave it."""

    ask: Ask
    now: float
    """A moment between question and answer."""
    begin: float
    """The first cell; or when the next may be asked for, a while before that."""
    number: int
    end: float
    """The number that is kept from now on."""


class Issuer(Protocol):
    """Who keeps the number of each limit for all who send. The methods block."""

    @property
    def apart(self) -> bool:
        """Whether it is another server than the ledger's: it may be away alone."""

    def grant(self, asks: Sequence[Ask], /) -> list[Grant]:
        """An answer for each. Raises `LedgerError` where nobody answers."""

    def refund(self, ends: Sequence[tuple[str, float, float]], /) -> None:
        """(key, end of a grant, new end): what was not used, where it was the last."""

    def close(self) -> None:
        """Let go of everything. May be called twice."""


def granted(ask: Ask, kept: float | None, now: float) -> Grant:
    """The answer where the number `kept` is known; None: it never was, or was lost.

    After a pause a burst may go at once: the cells before now count that were never
    given out and are not stale yet. Nothing goes for a moment by a number that was
    perhaps lost: what was given out before is used or stale by then.
    """
    now = _ticks(now)
    if kept is None:
        kept = now + GRACE
    if kept - now > ask.horizon:
        kept = now + ask.step
    first = max(kept, _ticks(now - ask.past))
    if first - now > AHEAD:
        return Grant(ask, now, first, 0, kept)
    return Grant(ask, now, first, ask.number, first + ask.length)


def _ticks(seconds: float) -> float:
    return math.ceil(seconds * _TICKS) / _TICKS


@attrs.define
class Cells:
    """The cells of one grant in the hands of a worker. Its own monotonic seconds."""

    key: str
    at: float
    """The next cell, ..."""
    left: int
    """... and how many there are with it."""
    step: float
    tolerance: float
    slack: float
    behind: float
    """Seconds by which the clock of the issuer is ahead, at most."""
    end: float
    begin: float | None
    """Where the grant began, while none of it is used."""
    late: float = 0.0
    """Seconds by which the next one was late."""

    @classmethod
    def of(cls, grant: Grant, asked: float, got: float) -> Cells:
        """As they are for who asked then and got the answer then."""
        ask, journey = grant.ask, max(0.0, got - asked)
        paid = min(journey, ask.slack)
        tolerance = ask.tolerance - (journey - paid)
        return cls(
            ask.key,
            grant.begin - grant.now + got,
            grant.number if tolerance >= 0 else 0,
            ask.step,
            max(0.0, tolerance),
            ask.slack - paid,
            grant.now - asked,
            grant.end,
            grant.begin,
        )

    def lapse(self, now: float) -> int:
        """Let go of those that are stale; gives how many."""
        late = now - self.at - self.tolerance
        if late <= 0 or not self.left:
            return 0
        moved = min(late, self.slack)
        self.slack -= moved
        self.at += moved
        self.late += late
        gone = min(self.left, math.ceil((late - moved) / self.step))
        self.left -= gone
        self.at += gone * self.step
        return gone

    def spend(self) -> float:
        """One message goes by the next cell; gives by how much it was late."""
        late, self.late = min(self.late, self.step), 0.0
        self.left -= 1
        self.at += self.step
        self.begin = None
        return late

    def unused(self) -> tuple[str, float, float] | None:
        """What may be given back, see `Issuer.refund`; None: nothing."""
        # The first cell that is left, as late as it may be by the issuer's clock.
        new = _ticks(self.at + self.behind) if self.begin is None else self.begin
        return (self.key, self.end, new) if self.left and new < self.end else None
