"""The loop of one call: claim, prepare, hand to the lanes, record, until it is done."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Iterable

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.engine import journal
from safesend.engine.bookkeeper import Offstage
from safesend.engine.brake import pause
from safesend.engine.dispatcher import Claim, Done, Step, Wait
from safesend.engine.ending import Ending
from safesend.engine.events import Event, Idle, Listener, Stopping, Waiting
from safesend.engine.hand import Item
from safesend.engine.lookout import POLL
from safesend.engine.making import Draft, Maker
from safesend.engine.orders import stopping
from safesend.engine.prepare import Preparer
from safesend.engine.report import pauses
from safesend.engine.rig import Rig
from safesend.engine.settings import Settings, Tally
from safesend.engine.signing import Signers
from safesend.engine.waiting import any_of
from safesend.errors import LedgerError, LedgerForgot, SafesendError
from safesend.ledger.base import Ledger, State
from safesend.transports.base import Navigator, Transport

__all__ = ["Run"]

_MOMENT = 1.0
"""Seconds: of a shorter wait the listener does not hear."""

_SLOW = 30.0
"""Seconds between two messages from which on a limit is a reason to wait."""


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
    _rig: Rig = attrs.field(init=False)
    _maker: Maker = attrs.field(init=False)
    _signers: Signers = attrs.field(factory=Signers)
    _resumes: float | None = None
    _awaits_order: bool = False
    _idle_until: float = 0.0
    _first_claim: float | None = None
    _ahead: float = float("-inf")
    """Seconds that the date is ahead of the monotonic clock."""

    def __attrs_post_init__(self) -> None:
        self._rig = Rig(
            ledger=self.ledger,
            campaign=self.campaign,
            name=self.preparer.key.campaign,
            letter=self.preparer.compiled.fingerprint,
            transport=self.transport,
            settings=self.settings,
            clock=self.clock,
            tell=self.tell,
            told=self._told,
            offstage=self.offstage,
            ending=self.ending,
        )

    def stop(self, reason: str) -> None:
        """End the run; what is in flight finishes, the rest keeps its turn."""
        self.ending.ask(reason)

    async def go(self) -> Tally:
        """Send until everything is final, put off, or somebody stops it.

        Raises what made it impossible: `TransportError`, `LedgerError`,
        `UnsafeMessage`; everything that was begun is recorded before.
        """
        run = await self._rig.begin()
        self._maker = Maker(
            self.preparer,
            self.settings.booking,
            self._rig.relay,
            self._rig.books,
            self.ending,
            self._rig.board,
        )
        keepers = [asyncio.create_task(one) for one in self._rig.background()]
        for keeper in keepers:
            keeper.add_done_callback(self._keeper_ended)
        try:
            await self._drive()
            self.ending.reason = self.ending.reason or self._order()
            if self.ending.reason:
                self.tell(Stopping(self.ending.reason))
        except Exception as error:  # noqa: BLE001 - raised again after the wind-up
            self.ending.ask(None, error)
        finally:
            await self._wind_up(keepers, run)
        tally = self._tally()
        journal.ended(run, tally, self.ending.error)
        if self.ending.error is not None:
            raise self.ending.error
        return tally

    def _order(self) -> str | None:
        """Why it ends without what waits, if a person said so."""
        return stopping(self._rig.lookout.ordered, self.clock.now())

    async def _drive(self) -> None:
        while await self._look():
            match await self._next():
                case Claim(limit):
                    await self._claim(limit)
                case Wait(until):
                    await self._wait(until)
                case Done():
                    if await self._is_over():
                        return

    async def _is_over(self) -> bool:
        """Whether there is nothing to do indeed."""
        # Perhaps somebody else died with rows in hand.
        if await self._rig.supply.recover(self.clock.now()):
            return False
        if await self._look_at_the_pilot():
            return False
        if self._resumes is None and self._rig.pilot.word is not None:
            self.ending.ask(self._rig.pilot.word)
        return True

    async def _next(self) -> Step:
        now, hand = self.clock.now(), self._rig.hand
        if hand.ready and not self._rig.dispatcher.wanted(
            hand.ready, hand.in_flight, hand.stalled()
        ):
            # The ledger need not be asked what is due.
            return self._rig.dispatcher.next(
                now, ready=hand.ready, in_flight=hand.in_flight, next_due=None
            )
        await self._look_at_the_pilot()
        due = await self._rig.supply.next_due(now)
        if (until := self._rig.pilot.until) is not None:
            due = until if due is None else min(due, until)
        if due != math.inf:  # which it is once the deadline is over
            self._resumes = due
        idle = not (self._rig.hand.ready or self._rig.hand.in_flight)
        self._awaits_order = idle and await self._rig.lookout.awaits_order(due)
        return self._rig.dispatcher.next(
            now,
            ready=self._rig.hand.ready,
            in_flight=self._rig.hand.in_flight,
            next_due=due,
            stalled=self._rig.hand.stalled(),
            paced=self._rig.supply.paced or now < self._rig.lookout.ordered.begins,
            ordered=self._awaits_order,
        )

    async def _look_at_the_pilot(self) -> bool:
        """Whether the pilot, if there is one, stands otherwise than before."""
        quiet = not self._rig.hand.ready and not self._rig.hand.in_flight
        if quiet:
            await self._rig.books.flush()
        changed = await self._rig.pilot.look(quiet=quiet)
        if changed:
            self._rig.supply.forget()
        return changed

    async def _wait(self, until: float | None) -> None:
        self._rig.crew.rouse()
        ready = self._rig.hand.ready and self._rig.crew.tasks
        working = bool(ready or self._rig.hand.in_flight)
        events = (self._rig.crew.turn, self.ending.asked)
        dates = [] if until is None else [until]
        if self._rig.hand.ready:
            dates.append(self.clock.now() + self._rig.crew.delay())
        if working or not dates:
            self._tell_slow_limit()
            await any_of(SYSTEM, POLL, *events)
        else:
            # A row is dated when it is recorded.
            await self._rig.books.flush()
            date, now = min(dates), self.clock.now()
            if until is None or date < until:
                self._tell_slow_limit()
            else:
                self._tell_idle(until, self._waiting(until, now + _MOMENT))
            limit = max(0.001, date - now)
            await any_of(self.clock, limit, *events, poll=POLL)

    def _waiting(self, until: float | None, now: float) -> Waiting | None:
        """Why nobody gets anything before that date; None where it is near."""
        if self._rig.pilot.verdict is not None and until == self._rig.pilot.until:
            return "pilot"
        if until is None:
            return None if self._rig.pilot.word is None else "pilot"
        if self._awaits_order and until == self._rig.traffic.deadline:
            return "order"
        if now < until <= self._rig.lookout.ordered.begins:
            return "delay"
        return self._rig.traffic.waiting(until, now)

    def _tell_idle(self, until: float, waiting: Waiting | None) -> None:
        """Say once why nothing goes."""
        if waiting is not None and abs(until - self._idle_until) >= _MOMENT:
            self._idle_until = until
            self.tell(Idle(until, waiting))

    def _tell_slow_limit(self) -> None:
        """Say when the next row in hand may go, where that is long until then."""
        if self._rig.hand.in_flight or not self._rig.hand.ready:
            return
        now, monotonic = self.clock.now(), self.clock.monotonic()
        waits = (
            self._rig.traffic.wait(line.share, now, monotonic)
            for line in self._rig.hand.lines()
        )
        if (wait := min(waits)) >= _SLOW:
            self._tell_idle(now + wait, "rate")

    async def _look(self) -> bool:
        """Tell how far it is, and look at what others want and do.

        Gives whether the run goes on.
        """
        self._rig.crew.turn.clear()
        now, date = self.clock.monotonic(), self.clock.now()
        self._keep_deadline(date - now)
        self._rig.pace.tell(self._rig.books.counts, now)
        await self._rig.lookout.look(self._rig.crew, self._rig.supply)
        if self._rig.allowance.look(self._rig.hand.ready):
            self._rig.crew.tray.put_back(self.clock.now())
            self._rig.supply.forget()
            self._rig.crew.dismiss()
        self._rig.gauges.due = self._resumes
        await self._rig.gauges.look()
        return not self.ending.began

    def _keep_deadline(self, ahead: float) -> None:
        """A clock that is put back makes no call longer."""
        back, self._ahead = self._ahead - ahead, ahead
        if self._rig.dispatcher.deadline is not None and back > 1:
            self._rig.traffic.deadline -= back
            self._rig.dispatcher = attrs.evolve(
                self._rig.dispatcher, deadline=self._rig.traffic.deadline
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
        rows = await self._rig.supply.claim(limit, now)
        if not self._rig.hand.ready:
            self._rig.books.meter.starved += self.clock.monotonic() - asked
        if not self._rig.supply.found:
            # Another process was faster, or somebody paused the campaign just now.
            self._rig.lookout.soon()
            await any_of(SYSTEM, 0.05, self.ending.asked)
        drafts = self._maker.drafts(rows, now)
        if self.preparer.signs_slowly:
            await self._sign(deque(drafts), now)
        else:
            await self._take_in(drafts, now)

    async def _sign(self, drafts: deque[Draft], now: float) -> None:
        """Have these signed, and take them in as they come back.

        What others want is heard meanwhile; where the run ends first, the rest waits
        again.
        """
        parts = self._signers.begin(drafts)
        try:
            for part in parts:
                while not part.done():
                    if not await self._look():
                        return
                    await asyncio.wait([part], timeout=POLL)
                signed = part.result()
                for _ in signed:
                    drafts.popleft()
                await self._take_in(signed, now)
        finally:
            await self._signers.drop(parts)
            self._rig.books.unbegun += [draft.row.id for draft in drafts]

    async def _take_in(self, drafts: Iterable[Draft], now: float) -> None:
        items = self._maker.items(drafts)
        if items and isinstance(self.transport, Navigator):
            await self._look_up(self.transport, items)
        for item in items:
            self._rig.crew.tray.take_in(item, now)
        self._rig.crew.rouse()

    async def _look_up(self, transport: Navigator, items: list[Item]) -> None:
        """Let the carrier find the ways of these; what others want is heard meanwhile.

        Where the run ends first nothing is left of `items`.
        """
        envelopes = [item.envelope for item in items]
        looking = asyncio.ensure_future(transport.look_up(envelopes))
        found = False
        try:
            while not looking.done() and await self._look():
                await asyncio.wait([looking], timeout=POLL)
            if looking.done():
                await looking
                found = True
        finally:
            looking.cancel()
            await asyncio.wait([looking])
            if not found:
                self._rig.books.unbegun += [item.row.id for item in items]
                items.clear()

    def _keeper_ended(self, keeper: asyncio.Task[None]) -> None:
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            self.ending.ask(None, error)

    async def _wind_up(self, keepers: list[asyncio.Task[None]], run: int) -> None:
        self.ending.asked.set()
        await self._pause_if_stopped()
        while self._rig.crew.tasks:
            await asyncio.wait(self._rig.crew.tasks)
        await self._rig.allowance.end()
        self._signers.close()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.wait(keepers)
        self._rig.books.unbegun += self._rig.hand.drain()
        now = self.clock.now()
        try:
            await self._rig.books.flush()
            await self._rig.lookout.report(now)
            await self._rig.leave()
            stopped = self.ending.word
            await self.offstage(lambda: self.ledger.end_run(run, now, stopped))
            await self._rig.books.pass_on()
        except SafesendError as error:
            # The marks still hold what could not be written; the next run reads them.
            self.ending.error = self.ending.error or error
            await self._pause_if_stopped()
        try:
            self._rig.pace.tell(
                self._rig.books.counts, self.clock.monotonic(), last=True
            )
            await self._rig.gauges.end()
        except Exception as error:  # noqa: BLE001 - a listener's own; raised by `go`
            self.ending.error = self.ending.error or error

    async def _pause_if_stopped(self) -> None:
        """What the brake stopped goes on in no other run before a person looked.

        Nor does what a ledger may have forgotten.
        """
        reason, now = self._rig.books.brake.reason, self.clock.now()
        if isinstance(self.ending.error, LedgerForgot):
            reason = str(self.ending.error)
        if reason is None:
            return
        try:
            await self.offstage(lambda: pause(self.ledger, self.campaign, reason, now))
        except LedgerError as error:
            self.ending.error = self.ending.error or error

    def _tally(self) -> Tally:
        first, last = self._first_claim, self._rig.books.last_record
        seconds = 0.0 if first is None else max(0.0, last - first)
        now, until = self.clock.now(), self._resumes
        return Tally(
            self._rig.books.counts[State.ACCEPTED],
            seconds,
            self.ending.reason,
            until,
            self._waiting(until, now),
            pauses(self._rig.traffic.paused(now), now),
            tuple(self._rig.board.took.items()),
            tuple(self._rig.board.switches),
        )
