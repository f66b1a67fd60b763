"""The loop of one call: claim, prepare, hand to the lanes, record, until it is done."""

from __future__ import annotations

import asyncio
import math

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.engine import journal
from safesend.engine.bookkeeper import Bookkeeper, Offstage
from safesend.engine.dispatcher import Claim, Dispatcher, Done, Step, Wait
from safesend.engine.events import Event, Idle, Listener, Stopping, Waiting
from safesend.engine.gauges import Gauges
from safesend.engine.hand import Hand, Item
from safesend.engine.heed import Heed
from safesend.engine.lanes import Crew, Ending
from safesend.engine.lookout import POLL, Lookout
from safesend.engine.orders import stopping
from safesend.engine.pace import Pace
from safesend.engine.prepare import Preparer
from safesend.engine.report import pauses
from safesend.engine.settings import Settings, Tally, relay_name
from safesend.engine.supply import Supply, unpacked
from safesend.engine.traffic import Traffic, slower
from safesend.engine.verdicts import failed
from safesend.engine.waiting import any_of
from safesend.errors import LedgerError, SafesendError, UnsafeMessage
from safesend.ledger.arrivals import OwnArrivals
from safesend.ledger.base import Ledger, Row, State
from safesend.ledger.runs import this_user
from safesend.transports.base import Transport

__all__ = ["Run"]

_MOMENT = 1.0
"""Seconds: of a shorter wait the listener does not hear."""

_SLOW = 30.0
"""Seconds between two messages from which on a limit is a reason to wait."""

_SAMPLE_EVERY = 1000


@attrs.define
class Run:
    """One run of a campaign over a ledger; `go` is called once."""

    ledger: Ledger
    campaign: int
    preparer: Preparer
    transport: Transport
    settings: Settings
    clock: Clock
    tell: Listener
    offstage: Offstage
    ending: Ending = attrs.field(factory=Ending)
    _hand: Hand = attrs.field(init=False)
    _books: Bookkeeper = attrs.field(init=False)
    _traffic: Traffic = attrs.field(init=False)
    _crew: Crew = attrs.field(init=False)
    _supply: Supply = attrs.field(init=False)
    _lookout: Lookout = attrs.field(init=False)
    _pace: Pace = attrs.field(init=False)
    _gauges: Gauges = attrs.field(init=False)
    _dispatcher: Dispatcher = attrs.field(init=False)
    _relay: str = attrs.field(init=False)
    _resumes: float | None = None
    _awaits_order: bool = False
    _idle_until: float = 0.0
    _prepared: int = 0
    _first_claim: float | None = None
    _ahead: float = float("-inf")
    """Seconds that the date is ahead of the monotonic clock."""

    def __attrs_post_init__(self) -> None:
        self._relay = relay_name(self.transport)

    def stop(self, reason: str) -> None:
        """End the run; what is in flight finishes, the rest keeps its turn."""
        self.ending.ask(reason)

    async def go(self) -> Tally:
        """Send until everything is final, put off, or somebody stops it.

        Raises what made it impossible: `TransportError`, `LedgerError`,
        `UnsafeMessage`; everything that was begun is recorded before.
        """
        now, relay, actor = self.clock.now(), self._relay, this_user()
        run = await self.offstage(
            lambda: self.ledger.start_run(self.campaign, now, relay, actor)
        )
        await self._set_up(run)
        keeper = asyncio.create_task(self._books.keep())
        keeper.add_done_callback(self._keeper_ended)
        try:
            await self._drive()
            self.ending.reason = self.ending.reason or self._order()
            if self.ending.reason:
                self.tell(Stopping(self.ending.reason))
        except Exception as error:  # noqa: BLE001 - raised again after the wind-up
            self.ending.ask(None, error)
        finally:
            await self._wind_up(keeper, run)
        tally = self._tally()
        journal.ended(run, tally, self.ending.error)
        if self.ending.error is not None:
            raise self.ending.error
        return tally

    def _order(self) -> str | None:
        """Why it ends without what waits, if a person said so."""
        return stopping(self._lookout.ordered, self.clock.now())

    async def _set_up(self, run: int) -> None:
        settings, now = self.settings, self.clock.now()
        throttle = slower(settings.throttle, self.transport.limits())
        marks = await self.offstage(lambda: self.ledger.progress(run))
        books = self._books = Bookkeeper(
            self.ledger,
            run,
            marks,
            settings.booking,
            settings.rulebook,
            self.clock,
            self.offstage,
        )
        arrivals = OwnArrivals() if throttle is None else self.ledger.arrivals()
        traffic = self._traffic = Traffic(
            self.transport.name,
            settings.lanes,
            throttle,
            settings.hours,
            arrivals,
            math.inf if settings.deadline is None else settings.deadline,
        )
        self._lookout = Lookout(
            self.ledger,
            self.campaign,
            traffic,
            self.ending,
            self.clock,
            self.tell,
            self.offstage,
        )
        await self._lookout.listen(now)
        await self._man(traffic, books, now)

    async def _man(self, traffic: Traffic, books: Bookkeeper, now: float) -> None:
        """Set up what works between the ledger and the carrier."""
        settings = self.settings
        pace = traffic.limit("", now)
        self._dispatcher = Dispatcher(
            settings.deadline, pace.rate if pace else None, settings.lanes
        )
        hand = self._hand = Hand(self._dispatcher.batch())
        heed = Heed(
            traffic,
            settings.rulebook,
            self.clock,
            self._told,
            books.discretion.masked,
        )
        self._crew = Crew(
            self.transport, hand, books, traffic, heed, self.clock, self.ending
        )
        self._supply = Supply(
            self.ledger,
            self.campaign,
            books.run,
            hand,
            traffic,
            books,
            self.clock,
            self.offstage,
            settings.lanes,
        )
        counts = await self.offstage(lambda: self.ledger.counts(self.campaign))
        waiting = counts.get(State.WAITING, 0)
        self._pace = Pace(self.tell, waiting)
        self._gauges = Gauges(
            self.ledger,
            self.campaign,
            self._relay,
            now,
            settings.lanes,
            hand,
            self._crew,
            traffic,
            self._supply,
            self._pace,
            books.meter,
            self.clock,
            self.tell,
            self.offstage,
        )
        journal.begun(books.run, self._relay, waiting, settings.lanes)

    async def _drive(self) -> None:
        while not self.ending.began:
            self._crew.turn.clear()
            await self._look()
            match await self._next():
                case Claim(limit):
                    await self._claim(limit)
                case Wait(until):
                    await self._wait(until)
                case Done():
                    # Perhaps somebody else died with rows in hand.
                    if not await self._supply.recover(self.clock.now()):
                        return

    async def _next(self) -> Step:
        now, hand = self.clock.now(), self._hand
        if hand.ready and not self._dispatcher.wanted(
            hand.ready, hand.in_flight, hand.stalled()
        ):
            # The ledger need not be asked what is due.
            return self._dispatcher.next(
                now, ready=hand.ready, in_flight=hand.in_flight, next_due=None
            )
        due = await self._supply.next_due(now)
        if due != math.inf:  # which it is once the deadline is over
            self._resumes = due
        idle = not (self._hand.ready or self._hand.in_flight)
        self._awaits_order = idle and await self._lookout.awaits_order(due)
        return self._dispatcher.next(
            now,
            ready=self._hand.ready,
            in_flight=self._hand.in_flight,
            next_due=due,
            stalled=self._hand.stalled(),
            paced=self._supply.paced or now < self._lookout.ordered.begins,
            ordered=self._awaits_order,
        )

    async def _wait(self, until: float | None) -> None:
        self._crew.rouse()
        ready = self._hand.ready and self._crew.tasks
        working = bool(ready or self._hand.in_flight)
        events = (self._crew.turn, self.ending.asked)
        dates = [] if until is None else [until]
        if self._hand.ready:
            dates.append(self.clock.now() + self._crew.delay())
        if working or not dates:
            self._tell_slow_limit()
            await any_of(SYSTEM, POLL, *events)
        else:
            # A row is dated when it is recorded.
            await self._books.flush()
            date, now = min(dates), self.clock.now()
            if until is None or date < until:
                self._tell_slow_limit()
            else:
                self._tell_idle(until, self._waiting(until, now + _MOMENT))
            limit = max(0.001, date - now)
            await any_of(self.clock, limit, *events, poll=POLL)

    def _waiting(self, until: float, now: float) -> Waiting | None:
        """Why nobody gets anything before that date; None where it is near."""
        if now < until <= self._lookout.ordered.begins:
            return "delay"
        if self._awaits_order and until == self._traffic.deadline:
            return "order"
        return self._traffic.waiting(until, now)

    def _tell_idle(self, until: float, waiting: Waiting | None) -> None:
        """Say once why nothing goes."""
        if waiting is not None and abs(until - self._idle_until) >= _MOMENT:
            self._idle_until = until
            self.tell(Idle(until, waiting))

    def _tell_slow_limit(self) -> None:
        """Say when the next row in hand may go, where that is long until then."""
        if self._hand.in_flight or not self._hand.ready:
            return
        now, monotonic = self.clock.now(), self.clock.monotonic()
        waits = (
            self._traffic.wait(line.share, now, monotonic)
            for line in self._hand.lines()
        )
        if (wait := min(waits)) >= _SLOW:
            self._tell_idle(now + wait, "rate")

    async def _look(self) -> None:
        """Tell how far it is, and look at what others want and do."""
        now, date = self.clock.monotonic(), self.clock.now()
        self._keep_deadline(date - now)
        self._pace.tell(self._books.counts, now)
        await self._lookout.look(self._crew, self._supply)
        self._gauges.due = self._resumes
        await self._gauges.look()

    def _keep_deadline(self, ahead: float) -> None:
        """A clock that is put back makes no call longer."""
        back, self._ahead = self._ahead - ahead, ahead
        if self._dispatcher.deadline is not None and back > 1:
            self._traffic.deadline -= back
            self._dispatcher = attrs.evolve(
                self._dispatcher, deadline=self._traffic.deadline
            )

    def _told(self, event: Event) -> None:
        """A listener that fails ends the run, and breaks no line in the middle."""
        try:
            self.tell(event)
        except Exception as error:  # noqa: BLE001 - a listener's own; raised by `go`
            self.ending.ask(None, error)

    async def _claim(self, limit: int) -> None:
        now = self.clock.now()
        if self._first_claim is None:
            self._first_claim = self.clock.monotonic()
        asked = self.clock.monotonic()
        rows = await self._supply.claim(limit, now)
        if not self._hand.ready:
            self._books.meter.starved += self.clock.monotonic() - asked
        if not rows:
            # Another process was faster, or somebody paused the campaign just now.
            self._lookout.soon()
            await any_of(SYSTEM, 0.05, self.ending.asked)
        for row in rows:
            self._prepare(row, now)
        self._crew.rouse()

    def _prepare(self, row: Row, now: float) -> None:
        if self.ending.began:
            self._books.unbegun.append(row.id)
            return
        held = self.settings.booking.held(row, self._relay, now)
        if held is not None:
            self._books.add(held, row.provider)
            return
        # A retry is the same message, octet for octet: it keeps its date.
        date = now if row.dated is None else row.dated
        try:
            recipient = unpacked(row)
            envelope = self.preparer.envelope(recipient, date)
            if self._prepared % _SAMPLE_EVERY == 0:
                self.preparer.second_reading(envelope, recipient)
        except LedgerError:
            raise
        except UnsafeMessage as error:
            self._books.unbegun.append(row.id)
            self.ending.ask(None, error)
        except SafesendError as error:
            self._books.add(failed(row, error), row.provider)
        else:
            self._prepared += 1
            self._books.discretion.meet(envelope.recipient.local)
            self._crew.take_in(Item(row, envelope), now)

    def _keeper_ended(self, keeper: asyncio.Task[None]) -> None:
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            self.ending.ask(None, error)

    async def _wind_up(self, keeper: asyncio.Task[None], run: int) -> None:
        self.ending.asked.set()
        while self._crew.tasks:
            await asyncio.wait(self._crew.tasks)
        keeper.cancel()
        await asyncio.wait([keeper])
        self._books.unbegun += self._hand.drain()
        now = self.clock.now()
        try:
            await self._books.flush()
            await self._lookout.report(now)
            stopped = self.ending.word
            await self.offstage(lambda: self.ledger.end_run(run, now, stopped))
        except SafesendError as error:
            # The marks still hold what could not be written; the next run reads them.
            self.ending.error = self.ending.error or error
        try:
            self._pace.tell(self._books.counts, self.clock.monotonic(), last=True)
            await self._gauges.end()
        except Exception as error:  # noqa: BLE001 - a listener's own; raised by `go`
            self.ending.error = self.ending.error or error

    def _tally(self) -> Tally:
        first, last = self._first_claim, self._books.last_record
        seconds = 0.0 if first is None else max(0.0, last - first)
        now, until = self.clock.now(), self._resumes
        return Tally(
            self._books.counts[State.ACCEPTED],
            seconds,
            self.ending.reason,
            until,
            self._traffic.waiting(until, now),
            pauses(self._traffic.paused(now), now),
        )
