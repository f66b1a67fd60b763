"""A clock that jumps: hours of waiting pass in a moment."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import threading
import weakref

from safesend.errors import ConfigurationError

__all__ = ["FakeClock"]

_ROUNDS = 8
"""How often every other loop comes round before a jump: a request, what is done about
it, and the answer take two turns of each loop, and tasks that wake tasks some more."""

_PATIENCE = 5.0
_LOOK = 0.05
"""Real seconds: how long a loop that is held up is waited for, and between looks."""


class FakeClock:
    """A `Clock` whose time passes only when somebody sleeps, or by `advance`.

    While tasks sleep, time jumps to the earliest of their dates; before each jump the
    event loop runs for `settle` real seconds, so that work which is not asleep (also
    in threads) gets on. With `jumps=False` time stands still until `advance`.

    Threads with event loops of their own may share a clock, as a client and a
    `SmtpServer` do. Then every loop that ever used the clock has several turns before
    each jump, and a jump is put off while somebody stirs (`stir`), as that server does
    at whatever comes and goes. So what is on the way between them is not overtaken.

    The limit: what no loop of this clock sees, such as a thread that waits for a
    disk, or a blocking client that thinks, has the `settle` seconds and no more; so has
    what needs more than eight turns of its loop without any traffic. Give more seconds
    where that is too short. A loop that is held up for five is no longer waited for.
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
        self._lock = threading.Lock()
        self._sleepers: list[tuple[float, int]] = []
        self._loops: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
        self._stirs = 0
        self.slept = 0.0
        """Seconds that have passed on this clock."""

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return self._start + self.slept

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self.slept

    def advance(self, seconds: float) -> None:
        """Let time pass. May be called from any thread."""
        if not seconds >= 0:
            raise ConfigurationError(f"advance({seconds}): time does not go back")
        with self._lock:
            self.slept += seconds

    def stir(self) -> None:
        """Say, in an event loop, that something is going on there: no jump just now.

        A loop that never slept on the clock is known to it from then on.
        """
        with self._lock:
            self._loops.add(asyncio.get_running_loop())
            self._stirs += 1

    async def sleep(self, seconds: float) -> None:
        """Return when so many seconds of this clock have passed."""
        sleeper = self._lie_down(seconds)
        try:
            await asyncio.sleep(0)
            while self.slept < sleeper[0]:
                stirs = self._stirs
                await asyncio.sleep(self._settle)
                if self._jumps and self._sleepers[0] == sleeper:
                    await self._others_come_round()
                    self._jump(sleeper, stirs)
        finally:
            self._get_up(sleeper)

    def _lie_down(self, seconds: float) -> tuple[float, int]:
        with self._lock:
            self._loops.add(asyncio.get_running_loop())
            sleeper = (self.slept + seconds, next(self._order))
            heapq.heappush(self._sleepers, sleeper)
        return sleeper

    def _jump(self, sleeper: tuple[float, int], stirs: int) -> None:
        """To this date, if it is the earliest still and nobody stirred meanwhile."""
        with self._lock:
            if self._sleepers[0] == sleeper and self._stirs == stirs:
                self.slept = max(self.slept, sleeper[0])

    def _get_up(self, sleeper: tuple[float, int]) -> None:
        with self._lock:
            self._sleepers.remove(sleeper)
            heapq.heapify(self._sleepers)

    async def _others_come_round(self) -> None:
        here = asyncio.get_running_loop()
        with self._lock:
            loops = [one for one in self._loops if one is not here and one.is_running()]
        for _ in range(_ROUNDS):
            loops = [loop for loop in loops if await _has_come_round(loop)]


async def _has_come_round(loop: asyncio.AbstractEventLoop) -> bool:
    """Wait for a turn of another loop; False if it has ended or is held up."""
    here, came = asyncio.get_running_loop(), asyncio.Event()

    def answer() -> None:
        with contextlib.suppress(RuntimeError):  # this loop has ended since
            here.call_soon_threadsafe(came.set)

    with contextlib.suppress(RuntimeError):  # that loop has ended since
        loop.call_soon_threadsafe(answer)
    until = here.time() + _PATIENCE
    while not came.is_set() and loop.is_running() and here.time() < until:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                await came.wait()
    return came.is_set()
