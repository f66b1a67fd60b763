"""A clock that jumps: hours of waiting pass in a moment."""

from __future__ import annotations

import asyncio
import heapq
import itertools

__all__ = ["FakeClock"]


class FakeClock:
    """A `Clock` whose time passes only when somebody sleeps, or by `advance`.

    While tasks sleep, time jumps to the earliest of their dates; before each jump the
    event loop runs for `settle` real seconds, so that work which is not asleep (also
    in threads) gets on. With `jumps=False` time stands still until `advance`.
    """

    def __init__(
        self,
        start: float = 1_750_000_000.0,
        *,
        jumps: bool = True,
        settle: float = 0.001,
    ) -> None:
        self._start = start
        self._jumps = jumps
        self._settle = settle
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int]] = []
        self.slept = 0.0
        """Seconds that have passed on this clock."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return self._start + self.slept

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self.slept

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self.slept += seconds

    async def sleep(self, seconds: float) -> None:
        """Return when so many seconds of this clock have passed."""
        sleeper = (self.slept + seconds, next(self._order))
        heapq.heappush(self._sleepers, sleeper)
        try:
            await asyncio.sleep(0)
            while self.slept < sleeper[0]:
                await asyncio.sleep(self._settle)
                if self._jumps and self._sleepers[0] == sleeper:
                    self.slept = max(self.slept, sleeper[0])
        finally:
            self._sleepers.remove(sleeper)
            heapq.heapify(self._sleepers)
