"""How fast a run goes, and telling so about four times a second."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from safesend.engine.events import Listener, Progressed
from safesend.ledger.base import State

__all__ = ["Pace"]

_EVERY = 0.25
_WINDOW = 5.0
_HANDLED = (
    State.ACCEPTED,
    State.REFUSED,
    State.IN_DOUBT,
    State.EXPIRED,
    State.FAILED,
    State.WAITING,
)


@attrs.define
class Pace:
    """Counts over time. `total` rows were waiting when the run began."""

    listener: Listener
    total: int
    latest: Progressed | None = None
    """What was told last."""
    _told: float = float("-inf")
    _marks: list[tuple[float, int]] = attrs.field(factory=list)

    def tell(
        self, counts: Mapping[State, int], now: float, *, last: bool = False
    ) -> None:
        """Tell the listener how far the run is, unless it was told a moment ago."""
        if now - self._told < _EVERY and not last:
            return
        self._told = now
        handled = sum(counts.get(state, 0) for state in _HANDLED)
        done = min(handled, self.total)
        rate = self._rate(now, done)
        left = self.total - done
        self.latest = Progressed(
            done=done,
            total=self.total,
            accepted=counts.get(State.ACCEPTED, 0),
            deferred=counts.get(State.WAITING, 0),
            refused=counts.get(State.REFUSED, 0),
            in_doubt=counts.get(State.IN_DOUBT, 0),
            rate=rate,
            eta=left / rate if rate else None,
        )
        self.listener(self.latest)

    def _rate(self, now: float, done: int) -> float:
        self._marks = [mark for mark in self._marks if now - mark[0] <= _WINDOW]
        self._marks.append((now, done))
        first_time, first_done = self._marks[0]
        if first_time == now:
            return 0.0
        return (done - first_done) / (now - first_time)
