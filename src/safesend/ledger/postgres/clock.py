"""The clock of all who work on a ledger in PostgreSQL: its server's."""

from __future__ import annotations

import attrs

from safesend.clock import Clock

__all__ = ["ServerClock"]

_ALIKE = 0.5
"""Seconds by which two clocks may differ and be taken for one: nothing jitters."""


@attrs.define
class ServerClock:
    """A machine's monotonic clock, set by what the server says from time to time.

    So a date is the same on every machine, however wrong their own clocks are, and
    does not jump when somebody sets one of those.
    """

    own: Clock
    _ahead: float = attrs.field(init=False)
    """Seconds that its date is ahead of its monotonic clock."""

    def __attrs_post_init__(self) -> None:
        self._ahead = self.own.now() - self.own.monotonic()

    def now(self) -> float:
        """Seconds since 1970 (UTC), as the server has them."""
        return self.own.monotonic() + self._ahead

    def monotonic(self) -> float:
        """Seconds since some moment, as the machine has them."""
        return self.own.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await self.own.sleep(seconds)

    def told(self, date: float, asked: float) -> None:
        """The server said that date when it was asked at `asked` (monotonic).

        It said so at some moment between then and now: the middle is at most half of
        that wrong.
        """
        half = (self.own.monotonic() - asked) / 2
        ahead = date - (asked + half)
        if abs(ahead - self._ahead) >= _ALIKE + half:
            self._ahead = ahead
