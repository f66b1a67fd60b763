"""A provider's part of a route: how it fares, and what was learned of it (pure)."""

from __future__ import annotations

import math

import attrs

from safesend.ledger.flow import Flow
from safesend.policies.concurrency import Window
from safesend.policies.easing import Easing
from safesend.policies.throttle import Pace

__all__ = ["Share"]

_MEASURED = 10.0
"""Seconds over which the rate of accepted messages is taken."""

_SHORTEST = 0.25
"""Seconds: over less than these nothing can be said of a rate."""


@attrs.define(eq=False)
class Share:
    """A provider's part of a route. Dates are seconds since 1970."""

    route: str
    provider: str
    window: Window
    easing: Easing = attrs.field(factory=Easing)
    busy: int = 0
    """Sessions with mail for it on the wire."""
    paused_until: float = 0.0
    paused_at: float = 0.0
    """When that was settled: a clock that shows less was put back since."""
    reason: str = ""
    complaint: str = ""
    """What was last said of too fast, or too many, in this run; masked."""
    tried: bool = False
    """Whether this run sends there: then it knows best how many sessions it bears."""
    troubled: bool = False
    """Whether something went wrong since its last success."""
    told: str = ""
    told_times: int = 0
    """The rule that the last replies fell under, and how many of them in a row."""
    changed: bool = False
    """Whether the ledger is to hear of it."""
    noted: float = -math.inf
    """The date of the ledger's word that was last given, or heard."""
    _accepted: int = 0
    _since: float = 0.0
    _goodput: float = 0.0
    _sure: bool = False
    paces: tuple[tuple[int, Pace], ...] = ()
    """What holds for its messages, ..."""
    own_paces: tuple[tuple[int, Pace], ...] = ()
    """... and the part of it that holds for no others."""
    paces_until: float = float("-inf")
    """Monotonic date."""

    def accepted(self, busy: int, now: float) -> None:
        """A message was taken; `busy` sessions are at work. Monotonic time."""
        self._accepted += 1
        self.told_times = 0
        if not self._since:
            self._since = now
        elif now - self._since > _MEASURED:
            self._measure(now)
        if self.troubled or self.window.limit < self.window.most:
            self.troubled = False
            self.window.succeeded(busy, now)

    def goodput(self, now: float) -> tuple[float, bool]:
        """Messages a second that were taken lately, and whether that is sure.

        0.0 when there were none. Monotonic time, as in `accepted`.
        """
        if self._since and (now - self._since >= 1 or not self._goodput):
            self._measure(now)
        return self._goodput, self._sure

    def _measure(self, now: float) -> None:
        seconds = now - self._since
        # After a long silence the average would say nothing of the pace.
        self._goodput = self._accepted / min(max(_SHORTEST, seconds), 2 * _MEASURED)
        self._sure = self._accepted > 0 and seconds >= 1
        self._accepted, self._since = 0, now

    def is_paused(self, now: float) -> bool:
        """Whether it rests; a clock that is put back makes that no longer."""
        if self.paused_until <= now:
            return False
        if now < self.paused_at:
            self.paused_until -= self.paused_at - now
            self.paused_at = now
        return self.paused_until > now

    def flow(self, began: float | None, now: float) -> Flow:
        """What the ledger keeps of it."""
        return Flow(
            route=self.route,
            provider=self.provider,
            began=began,
            window=self.window.limit,
            easing=self.easing.state(),
            paused_until=self.paused_until,
            reason=self.reason,
            changed=now,
        )
