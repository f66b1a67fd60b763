"""engine/seating.py and doors.py: connections that all workers together may have."""

from __future__ import annotations

import asyncio

import pytest

from engine.carriers import Carrier
from engine.fleet import mail, people, plan
from safesend.engine.bookkeeper import Offstage
from safesend.engine.ending import Ending
from safesend.engine.seating import LEASE, Seating
from safesend.errors import LedgerError
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.seats import OwnSeats
from safesend.testing import FakeClock


@pytest.fixture
def clock():
    return FakeClock(settle=0.0)


def seating(clock, seats=None, most=2, **more):
    return Seating(
        seats or OwnSeats(clock.now), most, clock, Offstage(), Ending(), **more
    )


class Away:
    """Nobody answers."""

    def take(self, *_):
        raise LedgerError("away")

    renew = leave = take


def test_no_more_are_open_than_there_are_seats(clock):
    """However many lanes there are; and all is sent."""
    carrier = Carrier(clock, seconds=0.1)
    report = mail(
        plan(people(60)),
        MemoryLedger(),
        carrier,
        clock=clock,
        lanes=8,
        connections=3,
    )
    assert report.accepted == 60
    assert carrier.widest <= 3


def test_a_seat_is_lost_without_a_word(clock):
    """By the clock of who has it, before others may have it."""
    ours = seating(clock)

    async def tried():
        seat = await ours.take("a", 1)
        assert seat.lasts(clock.monotonic())
        assert await ours.take("a", 1) is None
        await clock.sleep(LEASE)
        assert not seat.lasts(clock.monotonic())
        assert await ours.take("a", 1) is not None

    asyncio.run(tried())


def test_who_renews_keeps_it_for_its_turn(clock):
    """And hears when it is gone."""
    seats = OwnSeats(clock.now)
    ours = seating(clock, seats)

    async def tried():
        kept, lost = await ours.take("a", 2), await ours.take("a", 2)
        seats.leave(lost.id)
        await clock.sleep(LEASE - 1)
        await ours._renew()
        await clock.sleep(2)
        assert kept.lasts(clock.monotonic())
        assert not lost.lasts(clock.monotonic())
        for _ in range(3):
            await clock.sleep(LEASE - 5)
            await ours._renew()
        assert clock.monotonic() < kept.until
        assert not kept.lasts(clock.monotonic())
        await ours.leave_all()
        await ours.leave(kept)
        assert not seats.taken

    asyncio.run(tried())


def test_nobody_waits_for_what_nobody_wants(clock):
    """Neither without rows, nor at the end of a run."""
    ours = seating(clock, most=1)

    async def tried():
        assert await ours.wait("a", lambda: True) is not None
        assert await ours.wait("a", lambda: False) is None
        ours.ending.ask("enough")
        assert await ours.wait("a", lambda: True) is None

    asyncio.run(tried())


@pytest.mark.parametrize("apart", [True, False])
def test_where_nobody_answers_there_is_no_seat(clock, apart):
    """Which ends a run only where it is the ledger that does not."""
    ours = seating(clock, apart=apart)

    async def tried():
        seat = await ours.take("a", 1)
        ours.seats = Away()
        calls = (lambda: ours.take("a", 1), ours._renew, lambda: ours.leave(seat))
        for call in calls:
            if apart:
                assert await call() is None
            else:
                with pytest.raises(LedgerError):
                    await call()

    asyncio.run(tried())
