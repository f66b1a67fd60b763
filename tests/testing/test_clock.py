from __future__ import annotations

import asyncio
import time

import pytest

from safesend.clock import Clock
from safesend.testing import FakeClock


def test_hours_pass_in_a_moment() -> None:
    """Sleeping is jumping."""
    clock: Clock = FakeClock(start=1000.0)
    begin = time.monotonic()

    asyncio.run(clock.sleep(3600))

    assert clock.now() == 4600.0
    assert clock.monotonic() == 3600.0
    assert time.monotonic() - begin < 60


def test_sleepers_wake_in_order() -> None:
    """The earliest first, each at its own date."""
    clock = FakeClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.slept))

    async def run() -> None:
        await asyncio.gather(sleeper("a", 10, 20), sleeper("b", 15), sleeper("c", 5))

    asyncio.run(run())
    assert woken == [("c", 5), ("a", 10), ("b", 15), ("a", 30)]


def test_a_cancelled_sleeper_holds_up_nobody() -> None:
    """Its date is forgotten."""
    clock = FakeClock()

    async def run() -> None:
        task = asyncio.create_task(clock.sleep(10))
        await asyncio.sleep(0)
        task.cancel()
        await clock.sleep(20)

    asyncio.run(run())
    assert clock.slept == 20


def test_time_may_be_moved_by_hand() -> None:
    """Without jumps it stands still until then."""
    clock = FakeClock(jumps=False)

    async def run() -> bool:
        task = asyncio.create_task(clock.sleep(10))
        await asyncio.sleep(0.01)
        early = task.done()
        clock.advance(10)
        await task
        return early

    assert asyncio.run(run()) is False
    assert clock.slept == 10
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)


def test_not_sleeping_takes_no_time() -> None:
    """Zero or less gives others their turn, and that is all."""
    clock = FakeClock()

    asyncio.run(clock.sleep(0))
    asyncio.run(clock.sleep(-1))

    assert clock.slept == 0
