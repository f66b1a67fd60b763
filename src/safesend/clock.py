"""The only door to time: everything else is handed a clock or a date."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

import attrs

__all__ = ["SYSTEM", "Clock", "SystemClock", "processor_seconds"]


_UNSTOPPED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""clock_getres(2): of those that nobody sets the one that counts sleep, if there is."""


class Clock(Protocol):
    """What the engine needs to know of time."""

    def now(self) -> float:
        """Seconds since 1970 (UTC); may jump when the machine's clock is set."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back. For intervals.

        It goes on while the process is stopped, and while the machine sleeps.
        """

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of this clock."""


@attrs.frozen
class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.clock_gettime(_UNSTOPPED)

    async def sleep(self, seconds: float) -> None:
        """Sleep without holding up the event loop."""
        await asyncio.sleep(seconds)


SYSTEM = SystemClock()


def processor_seconds() -> float:
    """Seconds for which processors worked for this process so far."""
    return time.process_time()
