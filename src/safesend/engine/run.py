"""The loop of one call: claim, prepare, hand to the lanes, record, until it is done."""

from __future__ import annotations

import asyncio

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.delivery import Stage
from safesend.engine.bookkeeper import Bookkeeper, Offstage
from safesend.engine.dispatcher import Claim, Dispatcher, Done, Step, Wait
from safesend.engine.events import Listener, Stopping
from safesend.engine.hand import Hand, Item
from safesend.engine.lanes import Crew, Ending
from safesend.engine.pace import Pace
from safesend.engine.prepare import Preparer
from safesend.engine.verdicts import Booking
from safesend.engine.waiting import any_of
from safesend.errors import LedgerError, SafesendError, UnsafeMessage
from safesend.ledger.base import Control, Ledger, Result, Row, State
from safesend.message.recipient import Recipient
from safesend.message.rowdata import unpack
from safesend.policies.throttle import Throttle
from safesend.redaction import mask_text
from safesend.transports.base import Limits, Transport

__all__ = ["Run", "Settings", "Tally"]

_POLL = 0.5
"""Seconds between two looks at the control rows."""

_BEAT = 15.0
_SAMPLE_EVERY = 1000


@attrs.frozen(kw_only=True)
class Settings:
    """How a call sends. `deadline` is the date by which it returns."""

    booking: Booking
    lanes: int
    throttle: Throttle | None = None
    deadline: float | None = None


@attrs.frozen
class Tally:
    """What one run did. `seconds` runs from the first claim to the last record."""

    accepted: int
    seconds: float
    stopped: str | None


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
    _hand: Hand = attrs.field(factory=Hand)
    _books: Bookkeeper = attrs.field(init=False)
    _crew: Crew = attrs.field(init=False)
    _pace: Pace = attrs.field(init=False)
    _dispatcher: Dispatcher = attrs.field(init=False)
    _next_due: float | None = None
    _prepared: int = 0
    _unbegun: list[int] = attrs.field(factory=list)
    _first_claim: float | None = None
    _polled: float = float("-inf")
    _beaten: float = 0.0

    def stop(self, reason: str) -> None:
        """End the run; what is in flight finishes, the rest keeps its turn."""
        self.ending.ask(reason)

    async def go(self) -> Tally:
        """Send until everything is final, put off, or somebody stops it.

        Raises what made it impossible: `TransportError`, `LedgerError`,
        `UnsafeMessage`; everything that was begun is recorded before.
        """
        now = self.clock.now()
        run = await self.offstage(lambda: self.ledger.start_run(self.campaign, now))
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
        throttle = _slower(self.settings.throttle, self.transport.limits())
        marks = await self.offstage(lambda: self.ledger.progress(run))
        self._books = Bookkeeper(
            self.ledger,
            run,
            marks,
            self.settings.booking,
            self.clock,
            self.offstage,
        )
        self._dispatcher = Dispatcher(
            self.settings.deadline, throttle.rate if throttle else None
        )
        now = self.clock.monotonic()
        self._crew = Crew(
            self.transport,
            self.settings.lanes,
            self._hand,
            self._books,
            self.clock,
            throttle.meter(now) if throttle else None,
            self.ending,
            self._dispatcher.batch() // 2,
        )
        counts = await self.offstage(lambda: self.ledger.counts(self.campaign))
        self._pace = Pace(self.tell, counts.get(State.WAITING, 0))
        self._beaten = now
        await self._ask_next_due()

    async def _drive(self) -> None:
        while not self.ending.began:
            self._crew.turn.clear()
            await self._look()
            step = self._next()
            match step:
                case Claim(limit):
                    await self._claim(limit)
                case Wait(until):
                    await self._wait(until)
                case Done():
                    return

    def _next(self) -> Step:
        if (date := self._books.earliest) is not None:
            self._books.earliest = None
            due = self._next_due
            self._next_due = date if due is None else min(due, date)
        return self._dispatcher.next(
            self.clock.now(),
            ready=self._hand.ready,
            in_flight=self._hand.in_flight,
            next_due=self._next_due,
        )

    async def _wait(self, until: float | None) -> None:
        busy = self._hand.ready or self._hand.in_flight
        limit = _POLL
        if until is not None and not busy:
            limit = min(_POLL, max(0.001, until - self.clock.now()))
        clock = SYSTEM if busy else self.clock
        await any_of(clock, limit, self._crew.turn, self.ending.asked)

    async def _look(self) -> None:
        """Control rows, the lease, the listener: each at its own interval."""
        now = self.clock.monotonic()
        self._pace.tell(self._books.counts, now)
        if now - self._polled >= _POLL:
            self._polled = now
            asked = await self.offstage(lambda: self.ledger.control(self.campaign))
            if asked is not Control.RUN:
                self.stop({Control.PAUSE: "paused", Control.CANCEL: "cancelled"}[asked])
        if now - self._beaten >= _BEAT:
            self._beaten = now
            date = self.clock.now()
            await self.offstage(lambda: self.ledger.beat(self._books.run, date))

    async def _claim(self, limit: int) -> None:
        now = self.clock.now()
        if self._first_claim is None:
            self._first_claim = self.clock.monotonic()
        rows = await self.offstage(
            lambda: self.ledger.claim(self.campaign, self._books.run, limit, now)
        )
        if len(rows) < limit:
            await self._ask_next_due()
        if not rows:
            # Another process was faster, or somebody paused the campaign just now.
            self._polled = float("-inf")
            await any_of(SYSTEM, 0.05, self.ending.asked)
        for row in rows:
            self._prepare(row, now)
        for queue in self._hand.queues.values():
            self._crew.man(queue)

    async def _ask_next_due(self) -> None:
        # What is booked and not recorded yet the ledger cannot know of.
        await self._books.flush()
        self._next_due = await self.offstage(
            lambda: self.ledger.next_due(self.campaign)
        )

    def _prepare(self, row: Row, now: float) -> None:
        if self.ending.began:
            self._unbegun.append(row.id)
            return
        # A retry is the same message: it keeps the date of the first try, not its own.
        date = now if row.first_tried is None else row.first_tried
        try:
            recipient = _unpacked(row)
            envelope = self.preparer.envelope(recipient, date)
            if self._prepared % _SAMPLE_EVERY == 0:
                self.preparer.second_reading(envelope, recipient)
        except LedgerError:
            raise
        except UnsafeMessage as error:
            self._unbegun.append(row.id)
            self.ending.ask(None, error)
        except SafesendError as error:
            self._books.add(_failed(row, error))
        else:
            self._prepared += 1
            route = self.transport.route(envelope)
            self._hand.put(route, Item(row, envelope))

    def _keeper_ended(self, keeper: asyncio.Task[None]) -> None:
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            self.ending.ask(None, error)

    async def _wind_up(self, keeper: asyncio.Task[None], run: int) -> None:
        self.ending.asked.set()
        while self._crew.tasks:
            await asyncio.wait(self._crew.tasks)
        keeper.cancel()
        await asyncio.wait([keeper])
        unbegun = self._unbegun + self._hand.drain()
        try:
            await self._books.flush()
            await self.offstage(lambda: self.ledger.release(run, unbegun))
            now = self.clock.now()
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
        return Tally(self._books.counts[State.ACCEPTED], seconds, self.ending.reason)


def _slower(throttle: Throttle | None, limits: Limits | None) -> Throttle | None:
    """What a person asked for, unless the carrier allows less."""
    if limits is None or limits.rate is None:
        return throttle
    if throttle is not None and throttle.rate <= limits.rate:
        return throttle
    return Throttle(f"{limits.rate:f}/s")


def _unpacked(row: Row) -> Recipient:
    try:
        return unpack(row.payload)
    except ValueError as error:
        reason = f"row {row.id} of the ledger cannot be read: {error}"
    raise LedgerError(reason)


def _failed(row: Row, error: SafesendError) -> Result:
    text = mask_text(str(error))
    return Result(
        row.id, State.FAILED, attempt=False, stage=Stage.COMPOSE.value, text=text
    )
