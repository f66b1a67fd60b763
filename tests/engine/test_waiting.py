"""Waiting for whichever comes first."""

import asyncio
import time

from safesend.clock import SYSTEM
from safesend.engine.waiting import any_of
from safesend.testing import FakeClock


def test_a_moment_ends_the_wait():
    """
    Without any event the seconds pass.
    """
    began = time.monotonic()
    asyncio.run(any_of(SYSTEM, 0.05, asyncio.Event()))
    assert time.monotonic() - began >= 0.045


def test_an_event_ends_the_wait():
    """
    One of several is enough, and nothing is left running.
    """

    async def body():
        never, soon = asyncio.Event(), asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, soon.set)
        await any_of(SYSTEM, 60, never, soon)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(body()) == 1


def test_without_a_limit_only_events_count():
    """
    None waits for as long as it takes.
    """

    async def body():
        soon = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, soon.set)
        await any_of(SYSTEM, None, soon)
        return soon.is_set()

    assert asyncio.run(body())


def test_a_poll_is_of_real_seconds():
    """
    Also while the clock stands still.
    """

    async def body():
        still = FakeClock(jumps=False)
        await any_of(still, 60, asyncio.Event(), poll=0.01)
        return still.slept

    assert asyncio.run(body()) == 0
