"""engine/refill.py: cells are asked for while rows are in hand that need them."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace

import pytest

from ledger.issuing import OwnIssuer
from safesend.clock import SYSTEM
from safesend.engine.bookkeeper import Offstage
from safesend.engine.events import Noted, Unreached
from safesend.engine.hand import Hand, Item, Queue
from safesend.engine.refill import Refill
from safesend.engine.traffic import Traffic
from safesend.errors import LedgerError
from safesend.ledger.granted import GrantedArrivals
from safesend.policies.throttle import Throttle
from safesend.testing import FakeClock


class Issuer(OwnIssuer):
    """Gives out at once, unless it is away."""

    away = False

    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def grant(self, asks):
        self._answer()
        self.now = 1_800_000_000.0 + self.clock.monotonic()
        for ask in asks:
            self.kept.setdefault(ask.key, 0.0)
        return super().grant(asks)

    def refund(self, ends):
        self._answer()
        super().refund(ends)

    def _answer(self):
        if self.away:
            raise LedgerError("nobody is there")


class Scene:
    """A run with rows in hand."""

    def __init__(self, throttle, clock, *, apart=False):
        self.issuer = Issuer(clock)
        self.issuer.apart = apart
        self.arrivals = GrantedArrivals(self.issuer)
        self.traffic = Traffic("relay:", 4, throttle, None, self.arrivals)
        self.hand, self.told = Hand(100), []
        self.queue = Queue(self.traffic.share("relay:"))
        self.hand.queues["relay:"] = self.queue
        self.clock, self.turn = clock, asyncio.Event()
        self.refill = Refill(
            self.arrivals,
            self.traffic,
            self.hand,
            clock,
            Offstage(),
            self.turn,
            self.told.append,
        )

    def put(self, number, provider):
        share = self.traffic.share("relay:", provider)
        for _ in range(number):
            item = Item(SimpleNamespace(id=1, provider=provider), SimpleNamespace())
            self.hand.put(self.queue, share, item)
        self.traffic.paces(share, self.clock.now(), self.clock.monotonic())
        return share

    def needs(self):
        found = self.refill.needs(self.clock.now(), self.clock.monotonic())
        return {
            self.arrivals.purses[slot].key: need.rows for slot, need in found.items()
        }

    def go(self, share):
        now, monotonic = self.clock.now(), self.clock.monotonic()
        return self.traffic.granted(share, now, monotonic)


@pytest.fixture
def clock():
    return FakeClock(settle=0.0)


def test_only_rows_in_hand_count(clock):
    """Those with a limit of their own count for all others when they may go by that."""
    scene = Scene(Throttle("50/s", per_provider={"google": "10/s"}), clock)
    assert scene.needs() == {}
    scene.put(3, "other")
    google = scene.put(5, "google")
    assert scene.needs() == {"relay: ": 3, "relay: google": 5}
    asyncio.run(_asked(scene))
    assert scene.needs() == {"relay: ": 4, "relay: google": 5}
    assert scene.go(google)
    assert not scene.go(google)


def test_what_is_paused_asks_for_nothing(clock):
    """Neither a provider nor a route."""
    scene = Scene(Throttle("50/s", per_provider={"google": "10/s"}), clock)
    google = scene.put(5, "google")
    scene.put(2, "other")
    scene.traffic.pause(google, clock.now() + 60, "slow down", clock.now())
    assert scene.needs() == {"relay: ": 2}
    whole = scene.traffic.share("relay:")
    scene.traffic.pause(whole, clock.now() + 60, "slow down", clock.now())
    assert scene.needs() == {}


def test_who_waits_is_woken(clock):
    """And what is left at the end goes back."""
    scene = Scene(Throttle("50/s"), clock)
    share = scene.put(5, "other")
    assert not scene.go(share)
    asyncio.run(_asked(scene))
    assert scene.turn.is_set()
    assert scene.queue.changed.is_set()
    asyncio.run(scene.refill.give_back())
    asyncio.run(scene.refill.give_back())
    assert not scene.go(share)


def test_an_issuer_that_is_away_is_told(clock):
    """Once in a while; when it is back that is told as well."""
    scene = Scene(Throttle("50/s"), clock, apart=True)
    share = scene.put(5, "other")
    scene.issuer.away = True

    async def tried():
        keeper = asyncio.create_task(scene.refill.keep())
        await _until(lambda: scene.told)
        assert not scene.go(share)
        scene.issuer.away = False
        await _until(lambda: len(scene.told) > 1)
        assert scene.go(share)
        scene.issuer.away = True
        await scene.refill.give_back()
        await _ended(keeper)

    asyncio.run(tried())
    away, back = scene.told[:2]  # it is away once more at the end
    assert away == Unreached("limits", "nobody is there")
    assert isinstance(back, Noted)


def test_a_ledger_that_is_away_ends_the_run(clock):
    """As it does whatever it is asked."""
    scene = Scene(Throttle("50/s"), clock)
    scene.put(5, "other")
    scene.issuer.away = True
    with pytest.raises(LedgerError):
        asyncio.run(scene.refill.keep())
    scene.issuer.away = False
    asyncio.run(_asked(scene))
    scene.issuer.away = True
    with pytest.raises(LedgerError):
        asyncio.run(scene.refill.give_back())


async def _asked(scene):
    keeper = asyncio.create_task(scene.refill.keep())
    await _until(lambda: any(purse.cells for purse in scene.arrivals.purses))
    await _ended(keeper)


async def _ended(task):
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _until(found):
    ends = SYSTEM.monotonic() + 30
    while not found():
        assert SYSTEM.monotonic() < ends
        await SYSTEM.sleep(0.005)
