"""When a way out rests because it is out of order, and how it is tried again.

    closed --(trouble)--> open --(time)--> half open --(the probe is served)--> closed
                            ^                  |
                            +---(the probe fails: a longer time)

Trouble is what proves that nothing was sent: nobody answers, the login is refused, the
account is suspended; or that three lines in a row end in a doubt, before any message
was taken. What is said of a recipient or of a message is none. Dates are seconds of one
clock.
"""

from __future__ import annotations

import enum

import attrs

__all__ = ["Breaker", "Circuit"]

_IN_A_ROW = 3
"""So often may a connection fail without a success between before it is trouble."""

_RESTS = (60.0, 120.0, 300.0, 900.0)
"""Seconds of rest: longer each time that the probe fails, up to the last."""


class Circuit(enum.Enum):
    """How a way stands."""

    CLOSED = "closed"
    """In order: everything may go."""
    OPEN = "open"
    """Out of order: nothing goes."""
    HALF_OPEN = "half open"
    """One message may go, as the probe."""


@attrs.define
class Breaker:
    """The breaker of one way. `until` is the date at which its rest ends."""

    until: float = 0.0
    reason: str = ""
    """What it rests for; masked."""
    final: bool = False
    """Whether a run with no other way would have ended by that trouble."""
    _failures: int = 0
    _rests: int = 0

    def circuit(self, now: float) -> Circuit:
        """How it stands."""
        if not self._rests:
            return Circuit.CLOSED
        return Circuit.OPEN if now < self.until else Circuit.HALF_OPEN

    def failed(
        self, now: float, reason: str, *, permanent: bool = False, final: bool = False
    ) -> bool:
        """A session could not be had, or broke before it was of use.

        `permanent`: trying again at once cannot help. Gives whether the way begins to
        rest by this.
        """
        circuit = self.circuit(now)
        if circuit is Circuit.OPEN:
            return False  # sessions from before the rest say nothing new
        self._failures += 1
        if circuit is Circuit.CLOSED and not permanent and self._failures < _IN_A_ROW:
            return False
        self.final = final or permanent
        self._rest(now + _RESTS[min(self._rests, len(_RESTS) - 1)], reason)
        return True

    def stopped(self, now: float, reason: str) -> bool:
        """Every message would meet what the server says, until a person mends it.

        Gives whether the way begins to rest by this.
        """
        began = self.circuit(now) is not Circuit.OPEN
        self.final = True
        self._rest(max(self.until, now + _RESTS[-1]), reason)
        return began

    def paused(self, now: float, until: float, reason: str) -> bool:
        """The server asked for a rest until that date.

        Gives whether the way begins to rest by this.
        """
        if until <= now:
            return False
        circuit = self.circuit(now)
        if circuit is Circuit.OPEN:
            self.until = max(self.until, until)
            return False
        self.final = False
        self._rest(until, reason)
        return True

    def served(self, now: float) -> bool:
        """The server took a message, or said something of one: it is in order.

        Gives whether that ends its rest. While it rests, sessions from before say
        nothing: only a probe does.
        """
        circuit = self.circuit(now)
        if circuit is Circuit.OPEN:
            return False
        self._failures, self._rests, self.final = 0, 0, False
        self.reason = ""
        return circuit is Circuit.HALF_OPEN

    def _rest(self, until: float, reason: str) -> None:
        self._rests += 1
        self._failures = 0
        self.until, self.reason = until, reason
