"""Rows out of the ledger: when the next are due, and whose."""

import asyncio
from collections import Counter

import pytest

from safesend.engine.bookkeeper import Bookkeeper, Offstage
from safesend.engine.hand import Hand, Item, Queue
from safesend.engine.supply import Supply
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import Traffic
from safesend.engine.verdicts import Booking
from safesend.ledger.arrivals import OwnArrivals
from safesend.ledger.base import Result, State
from safesend.ledger.memory import MemoryLedger
from safesend.policies.replies import builtin
from safesend.policies.retry import Retry
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock
from safesend.testing.ledger_rows import NOW, live_campaign
from safesend.transports import MemoryTransport

PROVIDERS = ("google", "yahoo", "x.example")


class World:
    """A supply over a ledger with so many rows of three providers."""

    def __init__(self, count=30, size=60, throttle=None, hours=None):
        self.ledger = MemoryLedger()
        self.campaign = live_campaign(self.ledger, count, providers=PROVIDERS)
        self.clock = FakeClock(NOW)
        self.run = self.ledger.start_run(self.campaign, NOW)
        self.hand = Hand(size)
        self.traffic = Traffic("relay:", 4, throttle, hours, OwnArrivals())
        self.offstage = Offstage()
        self.books = Bookkeeper(
            self.ledger,
            self.run,
            self.ledger.progress(self.run),
            Booking(Retry(), State.IN_DOUBT, 1e6),
            builtin(),
            self.clock,
            self.offstage,
        )
        self.supply = Supply(
            self.ledger,
            self.campaign,
            self.run,
            self.hand,
            self.traffic,
            self.books,
            self.clock,
            self.offstage,
            4,
            Switchboard(MemoryTransport(), self.traffic, self.clock, lambda _: None),
        )
        self.queue = self.hand.queues["relay:"] = Queue(self.traffic.share("relay:"))

    def share(self, provider):
        return self.traffic.share("relay:", provider)

    def due(self, now=NOW):
        return asyncio.run(self.supply.next_due(now))

    def claim(self, limit, now=NOW):
        rows = asyncio.run(self.supply.claim(limit, now))
        for row in rows:
            self.hand.put(self.queue, self.share(row.provider), Item(row, None))
        return Counter(row.provider for row in rows)


@pytest.fixture
def world():
    made = World()
    yield made
    made.offstage.close()


def test_what_waits_is_due(world):
    """
    And when nothing waits, nothing is.
    """
    assert world.due() <= NOW
    assert world.claim(99).total() == 30
    assert world.due() is None


def test_a_paused_provider_is_due_when_its_pause_ends(world):
    """
    The others are claimed meanwhile.
    """
    world.traffic.pause(world.share("google"), NOW + 60, "421", NOW)
    assert world.due() <= NOW
    assert world.claim(99) == {"yahoo": 10, "x.example": 10}
    assert world.due() == NOW + 60
    assert world.due(NOW + 60) <= NOW + 60
    assert world.claim(99, NOW + 60) == {"google": 10}


def test_a_paused_route_is_due_when_its_pause_ends(world):
    """
    Nobody goes before.
    """
    world.traffic.pause(world.traffic.share("relay:"), NOW + 60, "554", NOW)
    assert world.due() == NOW + 60
    world.hand.queues.clear()
    assert world.due() == NOW + 60


def test_before_the_hours_nothing_is_due():
    """
    What is due now is due when they open.
    """
    world = World(hours=SendingHours("09:00-17:00 UTC"))
    assert world.due() > NOW
    assert world.traffic.hours.opens_at(NOW) == world.due()


def test_a_throttled_provider_lies_in_hand_in_small_numbers():
    """
    So that it does not take the place of the others.
    """
    world = World(
        count=300, size=500, throttle=Throttle(per_provider={"google": "1/s"})
    )
    assert world.claim(500)["google"] == 3
    assert world.claim(500)["google"] == 0
    assert world.due() is None


@pytest.mark.parametrize("eased", [False, True])
def test_a_provider_whose_turn_is_far_off_waits_in_the_ledger(eased):
    """
    Until shortly before; be its rate what a person set, or what a complaint left.
    """
    limit = {} if eased else {"google": "2/min"}
    world = World(throttle=Throttle("1/s", burst=9, per_provider=limit))
    google = world.share("google")
    if eased:
        google.easing.slow(NOW, 1 / 15, None)
        world.traffic.eased(google)
    assert world.claim(9)["google"] == 1
    assert world.traffic.granted(google, NOW, 5.0)
    world.hand.drain()
    world.clock.advance(5.0)
    assert world.claim(9)["google"] == 0
    assert world.due(NOW + 5) <= NOW + 5
    world.claim(99)
    assert world.due(NOW + 5) == pytest.approx(NOW + 33, abs=0.1)
    world.clock.advance(28.1)
    assert world.claim(9, NOW + 33.1)["google"] == 1


def test_a_provider_that_rests_elsewhere_is_not_held(world):
    """
    The ledger also knows of relays that this run has nothing to do with.
    """
    elsewhere = world.traffic.share("other:", "google")
    world.traffic.pause(elsewhere, NOW + 60, "421", NOW)
    assert world.claim(99)["google"] == 10


def test_what_is_put_off_is_due_at_its_date(world):
    """
    Also before the ledger has heard of it; then with the ledger's word.
    """
    world.claim(99)
    assert world.due() is None
    rows = world.hand.drain()
    for number, row in enumerate(rows):
        result = Result(row, State.WAITING, NOW + 50 + number)
        world.books.add(result)
    assert world.due() == NOW + 50
    assert world.claim(99, NOW + 49).total() == 0
    assert world.due() == NOW + 50
    assert world.claim(99, NOW + 51).total() == 2


def test_rows_of_the_dead_come_back(world):
    """
    Recovery finds nothing where nobody died.
    """
    assert not asyncio.run(world.supply.recover(NOW))


def test_what_is_on_its_way_back_is_asked_for(world):
    """While rows that were given back are being written, no old date is believed."""

    async def asked_meanwhile():
        await world.supply.next_due(NOW)
        rows = await world.supply.claim(99, NOW)
        assert await world.supply.next_due(NOW) is None
        world.books.unbegun += [row.id for row in rows]
        writing = asyncio.create_task(world.books.flush())
        await asyncio.sleep(0)  # taken off the hand, and not in the ledger yet
        due = await world.supply.next_due(NOW)
        await writing
        return due

    assert asyncio.run(asked_meanwhile()) <= NOW
