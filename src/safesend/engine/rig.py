"""What a run works with, put together: from the ledger to the carrier."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Coroutine

import attrs

from safesend.clock import Clock
from safesend.engine import journal
from safesend.engine.allowance import Allowance, heard
from safesend.engine.bookkeeper import Bookkeeper, Offstage
from safesend.engine.brake import Brake
from safesend.engine.dispatcher import Dispatcher
from safesend.engine.doors import Doors
from safesend.engine.ending import Ending
from safesend.engine.events import Listener
from safesend.engine.fleet import Fleet
from safesend.engine.gate import Gate
from safesend.engine.gauges import Gauges
from safesend.engine.hand import Hand
from safesend.engine.heed import Heed
from safesend.engine.lanes import Crew
from safesend.engine.lease import Lease
from safesend.engine.lookout import Lookout
from safesend.engine.pace import Pace
from safesend.engine.pilot_watch import PilotWatch
from safesend.engine.probes import Probes
from safesend.engine.refill import Refill
from safesend.engine.seating import Seating
from safesend.engine.settings import Settings, relay_name
from safesend.engine.supply import Supply
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import Traffic, slower
from safesend.engine.windows import Windows
from safesend.errors import SafesendError
from safesend.ledger.base import Ledger, Progress, State
from safesend.ledger.runs import this_user
from safesend.transports.base import Careful, Navigator, Switching, Transport

__all__ = ["Rig"]

_LEFT = (State.WAITING, State.SENDING)
"""States of rows that may yet be sent; the last one where another process died."""


@attrs.define(kw_only=True)
class Rig:
    """The parts of one run, which know of each other what they need.

    `told` is `tell` for those in whom a listener must not break a line in the middle.
    """

    ledger: Ledger
    campaign: int
    name: str
    letter: bytes
    """The fingerprint of what is sent."""
    transport: Transport
    settings: Settings
    clock: Clock
    tell: Listener
    told: Listener
    offstage: Offstage
    ending: Ending
    relay: str = attrs.field(init=False)
    pilot: PilotWatch = attrs.field(init=False)
    books: Bookkeeper = attrs.field(init=False)
    traffic: Traffic = attrs.field(init=False)
    board: Switchboard = attrs.field(init=False)
    allowance: Allowance = attrs.field(init=False)
    lookout: Lookout = attrs.field(init=False)
    dispatcher: Dispatcher = attrs.field(init=False)
    hand: Hand = attrs.field(init=False)
    crew: Crew = attrs.field(init=False)
    supply: Supply = attrs.field(init=False)
    fleet: Fleet = attrs.field(init=False)
    lease: Lease = attrs.field(init=False, factory=Lease)
    windows: Windows | None = attrs.field(init=False, default=None)
    refill: Refill | None = attrs.field(init=False, default=None)
    seating: Seating = attrs.field(init=False)
    turn: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)
    pace: Pace = attrs.field(init=False)
    gauges: Gauges = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.relay = relay_name(self.transport)
        self.pilot = PilotWatch(self.ledger, self.campaign, self.clock, self.offstage)

    async def begin(self) -> int:
        """Begin a run, and make what it works with; gives its number.

        Whatever keeps it from beginning ends it, and is its reason in the ledger.
        """
        self.fleet = Fleet.of(self.ledger, self.settings, self.offstage)
        now, relay, actor = self.clock.now(), self.relay, this_user()
        run = await self.offstage(
            lambda: self.ledger.start_run(self.campaign, now, relay, actor)
        )
        try:
            await self._set_up(run)
        except BaseException as error:
            self.ending.ask(None, error)
            journal.not_begun(run, error)
            await self._give_up(run)
            raise
        return run

    async def _give_up(self, run: int) -> None:
        """Nobody is to take it for one that died."""
        self.fleet.close()
        now, why = self.clock.now(), self.ending.word
        with contextlib.suppress(SafesendError):  # the error before it says more
            await self.offstage(lambda: self.ledger.end_run(run, now, why))

    async def _set_up(self, run: int) -> None:
        """What the ledger knows is heard, and what the carrier allows."""
        settings, now = self.settings, self.clock.now()
        counts = await self.offstage(lambda: self.ledger.counts(self.campaign))
        # Where nobody is left it is not asked: it may refuse, and that is no matter.
        left = any(counts.get(state) for state in _LEFT)
        limits = await heard(self.transport) if left else self.transport.limits()
        throttle = slower(settings.throttle, limits)
        marks = await self._marks(run)
        books = self.books = Bookkeeper(
            self.ledger,
            run,
            marks,
            settings.booking,
            settings.rulebook,
            self.clock,
            self.offstage,
            gate=self._gate(),
            brake=Brake(settings.auto_stop),
        )
        arrivals = self.fleet.arrivals(limited=throttle is not None)
        traffic = self.traffic = Traffic(
            self.transport.name,
            settings.lanes,
            throttle,
            settings.hours,
            arrivals,
            math.inf if settings.deadline is None else settings.deadline,
            bears=_borne(self.transport),
        )
        board = self.board = Switchboard(self.transport, traffic, self.clock, self.told)
        self.lookout = Lookout(
            self.ledger,
            self.campaign,
            traffic,
            self.ending,
            self.clock,
            self.tell,
            self.offstage,
            self.letter,
            board,
            self.lease,
        )
        self.allowance = Allowance(
            self.transport, traffic, self.clock, self.tell, board, self.turn
        )
        await self.lookout.listen(now)
        waiting = counts.get(State.WAITING, 0)
        self.allowance.told(self.transport.name, limits, waiting)
        if left:
            await self.allowance.inform(waiting)
        self._man(traffic, books, waiting, now)

    def _gate(self) -> Gate | None:
        shared = self.settings.suppression
        return None if shared is None else Gate(shared, self.name, self.ledger)

    async def _marks(self, run: int) -> Progress:
        """Where it is marked what is begun; where machines share, in the ledger too."""
        marks = await self.offstage(lambda: self.ledger.progress(run))
        if self.ledger.many_machines:
            self.lease.seconds, asked = self.ledger.lease, self.clock.monotonic()
            # A promise: from now on nothing leaves that was not begun there.
            await self.offstage(lambda: self.ledger.begin(run, []))
            self.lease.renewed(asked)
        return marks

    def _man(
        self, traffic: Traffic, books: Bookkeeper, waiting: int, now: float
    ) -> None:
        """Set up what works between the ledger and the carrier."""
        settings = self.settings
        pace = traffic.limit("", now)
        self.dispatcher = Dispatcher(
            settings.deadline, pace.rate if pace else None, settings.lanes
        )
        hand = self.hand = Hand(self.dispatcher.batch())
        heed = Heed(
            traffic,
            settings.rulebook,
            self.clock,
            self.told,
            books.discretion.masked,
            many=_goes_to_many(self.transport),
            can_ask=self.allowance.can_ask,
        )
        self.seating = self.fleet.seating(self.clock, self.ending)
        if self.ledger.many_machines or settings.limits is not None:
            self.board.probes = Probes(self.seating, self.clock)
        counted = None if settings.connections is None else self.seating
        self.crew = Crew(
            Doors(self.transport, books, self.ending, self.clock, counted),
            hand,
            books,
            traffic,
            heed,
            self.clock,
            self.ending,
            self.board,
            self.lease,
            turn=self.turn,
        )
        self._share(traffic, books, hand)
        self.supply = Supply(
            self.ledger,
            self.campaign,
            books.run,
            hand,
            traffic,
            books,
            self.clock,
            self.offstage,
            settings.lanes,
            self.board,
        )
        self.pace = Pace(self.tell, waiting)
        self.gauges = self._gauges(now)
        journal.begun(books.run, self.relay, waiting, settings.lanes)

    def _share(self, traffic: Traffic, books: Bookkeeper, hand: Hand) -> None:
        """Set up what is done for all who send at the same time."""
        self.refill = self.fleet.refill(
            traffic, hand, self.clock, self.crew.turn, self.tell
        )
        if self.ledger.many_machines:
            hand.at_once = 0
            self.windows = Windows(
                self.ledger,
                books.run,
                hand,
                traffic,
                self.lease,
                self.clock,
                self.offstage,
                self.crew.served,
                self.crew.low,
            )

    def background(self) -> list[Coroutine[None, None, None]]:
        """What goes on beside the loop until it is cancelled."""
        keepers = (self.books, self.seating, self.refill, self.windows)
        return [one.keep() for one in keepers if one is not None]

    async def leave(self) -> None:
        """Give back what the run has of what is there for all. Raises `LedgerError`."""
        try:
            if self.refill is not None:
                await self.refill.give_back()
            await self.seating.leave_all()
        finally:
            self.fleet.close()

    def _gauges(self, now: float) -> Gauges:
        return Gauges(
            self.ledger,
            self.campaign,
            self.relay,
            now,
            self.settings.lanes,
            self.hand,
            self.crew,
            self.traffic,
            self.supply,
            self.pace,
            self.books.meter,
            self.clock,
            self.tell,
            self.offstage,
        )


def _goes_to_many(carrier: Transport) -> bool:
    """Whether it finds many servers by itself; of several carriers each is heard."""
    return isinstance(carrier, Navigator) and not isinstance(carrier, Switching)


def _borne(transport: Transport) -> Callable[[str], int | None] | None:
    """How many sessions a route bears, as far as the carrier knows."""
    return transport.most_sessions if isinstance(transport, Careful) else None
