"""The loop of one call: claim, prepare, hand to the lanes, record, until it is done."""

from __future__ import annotations

import asyncio
import math

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.engine.bookkeeper import Bookkeeper, Offstage
from safesend.engine.dispatcher import Claim, Dispatcher, Done, Step, Wait
from safesend.engine.events import Event, Held, Idle, Listener, Stopping, Waiting
from safesend.engine.grouping import Grouping
from safesend.engine.hand import Hand, Item
from safesend.engine.heed import Heed
from safesend.engine.lanes import Crew, Ending
from safesend.engine.pace import Pace
from safesend.engine.prepare import Preparer
from safesend.engine.report import Pause, pauses
from safesend.engine.supply import Supply, unpacked
from safesend.engine.traffic import Traffic, slower
from safesend.engine.verdicts import Booking, failed
from safesend.engine.waiting import any_of
from safesend.errors import LedgerError, SafesendError, UnsafeMessage
from safesend.ledger.arrivals import OwnArrivals
from safesend.ledger.base import Control, Ledger, Row, State
from safesend.policies.replies import Rulebook, builtin
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Throttle
from safesend.transports.base import Transport

__all__ = ["Run", "Settings", "Tally", "relay_name"]

_POLL = 0.5
"""Seconds between two looks at the control rows."""

_BEAT = 15.0

_OVERLAP = 2.0
"""Seconds: what another process wrote just before the last look is looked at again."""

_MOMENT = 1.0
"""Seconds: of a shorter wait the listener does not hear."""

_SLOW = 30.0
"""Seconds between two messages from which on a limit is a reason to wait."""

_SAMPLE_EVERY = 1000


@attrs.frozen(kw_only=True)
class Settings:
    """How a call sends. `deadline` is the date by which it returns."""

    booking: Booking
    lanes: int
    throttle: Throttle | None = None
    hours: SendingHours | None = None
    deadline: float | None = None
    rulebook: Rulebook = attrs.field(factory=builtin)
    grouping: Grouping = attrs.field(factory=Grouping)


@attrs.frozen
class Tally:
    """What one run did. `seconds` runs from the first claim to the last record."""

    accepted: int
    seconds: float
    stopped: str | None
    resumes: float | None = None
    """When the next row may go, pauses and hours considered (seconds since 1970)."""
    waiting_for: Waiting | None = None
    """What that date is, where it lies ahead."""
    pauses: tuple[Pause, ...] = ()


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
    _pace: Pace = attrs.field(init=False)
    _dispatcher: Dispatcher = attrs.field(init=False)
    _relay: str = attrs.field(init=False)
    _resumes: float | None = None
    _idle_until: float = 0.0
    _prepared: int = 0
    _first_claim: float | None = None
    _polled: float = float("-inf")
    _beaten: float = 0.0
    _heard: float = 0.0
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
        now, relay = self.clock.now(), self._relay
        run = await self.offstage(
            lambda: self.ledger.start_run(self.campaign, now, relay)
        )
        await self._set_up(run)
        keeper = asyncio.create_task(self._books.keep())
        keeper.add_done_callback(self._keeper_ended)
        try:
            await self._drive()
            if self.ending.reason:
                self.tell(Stopping(self.ending.reason))
        except Exception as error:  # noqa: BLE001 - raised again after the wind-up
            self.ending.ask(None, error)
        finally:
            await self._wind_up(keeper, run)
        if self.ending.error is not None:
            raise self.ending.error
        return self._tally()

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
        await self._listen(now)
        pace = traffic.limit("", now)
        self._dispatcher = Dispatcher(
            settings.deadline, pace.rate if pace else None, settings.lanes
        )
        hand = self._hand = Hand(self._dispatcher.batch())
        heed = Heed(traffic, settings.rulebook, self.clock, self._told)
        self._crew = Crew(
            self.transport, hand, books, traffic, heed, self.clock, self.ending
        )
        self._supply = Supply(
            self.ledger,
            self.campaign,
            run,
            hand,
            traffic,
            books,
            self.clock,
            self.offstage,
            settings.lanes,
        )
        counts = await self.offstage(lambda: self.ledger.counts(self.campaign))
        self._pace = Pace(self.tell, counts.get(State.WAITING, 0))
        self._beaten = self.clock.monotonic()

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
        return self._dispatcher.next(
            now,
            ready=self._hand.ready,
            in_flight=self._hand.in_flight,
            next_due=due,
            stalled=self._hand.stalled(),
            paced=self._supply.paced,
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
            await any_of(SYSTEM, _POLL, *events)
        else:
            # A row is dated when it is recorded.
            await self._books.flush()
            date, now = min(dates), self.clock.now()
            if until is None or date < until:
                self._tell_slow_limit()
            else:
                self._tell_idle(until, self._traffic.waiting(until, now + _MOMENT))
            limit = max(0.001, date - now)
            await any_of(self.clock, limit, *events, poll=_POLL)

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
        """Control rows, the lease, the listener: each at its own interval."""
        now, date = self.clock.monotonic(), self.clock.now()
        self._keep_deadline(date - now)
        self._pace.tell(self._books.counts, now)
        if now - self._polled >= _POLL:
            self._polled = now
            asked = await self.offstage(lambda: self.ledger.control(self.campaign))
            if asked is not Control.RUN:
                self.stop({Control.PAUSE: "paused", Control.CANCEL: "cancelled"}[asked])
            self._crew.put_back(date)
            # In this order: no word of another's is lost under one's own.
            await self._listen(date)
            await self._report(date)
        if now - self._beaten >= _BEAT:
            self._beaten = now
            await self.offstage(lambda: self.ledger.beat(self._books.run, date))
            await self._supply.recover(date)

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

    async def _report(self, now: float) -> None:
        """Keep what was learned of routes, for other processes and other days."""
        if news := self._traffic.news(now):
            await self.offstage(lambda: self.ledger.note_flows(news))

    async def _listen(self, now: float) -> None:
        """Take over what others learned."""
        since, self._heard = self._heard, now - _OVERLAP
        for flow in await self.offstage(lambda: self.ledger.flows(since)):
            if self._traffic.learned(flow, now):
                self.tell(
                    Held(flow.route, flow.provider, flow.paused_until, flow.reason)
                )

    async def _claim(self, limit: int) -> None:
        now = self.clock.now()
        if self._first_claim is None:
            self._first_claim = self.clock.monotonic()
        rows = await self._supply.claim(limit, now)
        if not rows:
            # Another process was faster, or somebody paused the campaign just now.
            self._polled = float("-inf")
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
            self._books.add(held)
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
            self._books.add(failed(row, error))
        else:
            self._prepared += 1
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
            await self._report(now)
            await self.offstage(lambda: self.ledger.end_run(run, now))
        except SafesendError as error:
            # The marks still hold what could not be written; the next run reads them.
            self.ending.error = self.ending.error or error
        try:
            self._pace.tell(self._books.counts, self.clock.monotonic(), last=True)
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


def relay_name(transport: Transport) -> str:
    """Who may have a message: where it leads, and how it would know a message again."""
    limits = transport.limits()
    if limits is None or limits.idempotency is None:
        return transport.name
    # Without that header it did not know what it was given.
    return f"{transport.name} ({limits.idempotency[0]})"
