"""engine/probes.py: a carrier that is out of order is tried by one worker of all."""

from __future__ import annotations

import asyncio

import pytest

from engine.carriers import Carrier
from safesend.engine.bookkeeper import Offstage
from safesend.engine.ending import Ending
from safesend.engine.events import Switched
from safesend.engine.probes import Probes
from safesend.engine.seating import LEASE, Seating
from safesend.engine.share import Share
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import Traffic
from safesend.ledger.arrivals import OwnArrivals
from safesend.ledger.seats import OwnSeats
from safesend.policies.concurrency import Window
from safesend.testing import FakeClock
from safesend.transports import failover


class Worker:
    """One of those who share the seats and what is told of routes."""

    def __init__(self, seats, clock):
        seating = Seating(seats, None, clock, Offstage(), Ending())
        self.probes = Probes(seating, clock)
        carrier = failover(Carrier(clock, name="one:"), Carrier(clock, name="two:"))
        self.traffic = Traffic(carrier.name, 4, None, None, OwnArrivals())
        self.told = []
        self.board = Switchboard(carrier, self.traffic, clock, self.told.append)
        self.board.probes = self.probes
        first = next(iter(self.board.several.carriers))
        self.share = self.traffic.share(first)
        self.traffic.routes.add(first)

    def hear(self, other, now):
        """What another told the ledger."""
        for flow in other.traffic.news(now):
            self.traffic.learned(flow, now)


@pytest.fixture
def clock():
    return FakeClock(settle=0.0)


@pytest.fixture
def pair(clock):
    seats = OwnSeats(clock.now)
    return Worker(seats, clock), Worker(seats, clock)


def test_one_may_try(pair, clock):
    """And another when that one is done, or has let its time pass."""
    one, other = (worker.probes for worker in pair)
    share = Share("a", "", Window(4))

    async def tried():
        assert await one.look([share])
        assert not await one.look([share])
        assert not await other.look([share])
        assert one.has(share)
        assert not other.has(share)
        await one.look([])
        assert await other.look([share])
        await clock.sleep(LEASE + 1)
        assert not other.has(share)
        assert await one.look([share])

    asyncio.run(tried())


def test_what_one_finds_out_all_know(pair, clock):
    """That a carrier rests, whose turn it is to try it, and that it is in order."""
    one, other = pair

    async def tried():
        one.board._rests(one.share, lambda b, now, why: b.stopped(now, why))("gone")
        assert isinstance(one.told[0], Switched)
        other.hear(one, clock.now())
        for worker in pair:
            assert not await worker.board.seek()
            assert worker.board.barred(worker.share)
        await clock.sleep(1000)
        assert await other.board.seek()
        assert not await one.board.seek()
        assert one.board.barred(one.share)
        assert not other.board.barred(other.share)
        assert other.board.probing(other.share)
        assert other.board.accepted(other.share, other.share)
        one.hear(other, clock.now())
        assert not one.board.barred(one.share)
        assert not one.board.probing(one.share)
        assert not await other.board.seek()

    asyncio.run(tried())
