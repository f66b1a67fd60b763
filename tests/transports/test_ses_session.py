"""One call after the other, in a thread, until something breaks."""

from __future__ import annotations

import asyncio
import threading

import pytest

from safesend.delivery import Accepted, Deferred, InDoubt, NotSent, Refused, Stage
from safesend.testing import make_envelopes
from safesend.transports.ses_session import SesSession


def carried(*outcomes):
    """The outcomes of one `deliver` over so many envelopes and three more."""
    told = list(outcomes)
    envelopes = make_envelopes(len(told) + 3)

    async def run():
        session = SesSession(lambda _: told.pop(0), "safe", lambda: None)
        found = [one async for one in session.deliver(envelopes)]
        usable = session.usable
        await session.close()
        again = [one async for one in session.deliver(envelopes)]
        return found, usable, again

    found, usable, again = asyncio.run(run())
    assert again == []
    return found, usable, len(list(envelopes))


@pytest.mark.parametrize("last", [InDoubt(), NotSent(Stage.CONNECT)])
def test_what_breaks_ends_the_session(last):
    """Those after it were not touched."""
    found, usable, left = carried(Accepted(), last)
    assert (found, usable, left) == ([Accepted(), last], False, 3)


def test_refusals_and_delays_do_not():
    """The next call is made as if nothing were."""
    told = [Refused(Stage.CONTENT, 554), Deferred(Stage.CONTENT, 454), InDoubt()]
    assert carried(*told)[0] == told


def test_one_call_at_a_time_and_none_in_the_loop():
    """The event loop goes on meanwhile."""
    threads, most, under_way = set(), 0, 0

    def carry(_):
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        threads.add(threading.current_thread())
        under_way -= 1
        return Accepted()

    async def run():
        session = SesSession(carry, "safe", lambda: None)
        found = [one async for one in session.deliver(make_envelopes(5))]
        await session.close()
        await session.close()
        return found

    assert asyncio.run(run()) == [Accepted()] * 5
    assert (most, len(threads)) == (1, 1)
    assert threading.main_thread() not in threads


def test_whoever_is_cancelled_cannot_go_on():
    """What became of the call under way is not known."""
    begun, release = threading.Event(), threading.Event()

    def carry(_):
        begun.set()
        release.wait(60)
        return Accepted()

    async def run():
        session = SesSession(carry, "safe", lambda: None)

        async def deliver():
            return [one async for one in session.deliver(make_envelopes(2))]

        task = asyncio.create_task(deliver())
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        usable = session.usable
        await session.close()
        return usable

    assert asyncio.run(run()) is False
