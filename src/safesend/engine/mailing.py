"""One mailing from list to report: recover, enrol, run, account."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import attrs

from safesend.clock import Clock
from safesend.engine.accounting import Accounting
from safesend.engine.beginning import settle_beginning
from safesend.engine.bookkeeper import Offstage
from safesend.engine.company import Company
from safesend.engine.consent import Consenting
from safesend.engine.content import Content
from safesend.engine.enrol import Enrolment
from safesend.engine.events import Listener
from safesend.engine.inspection import Inspector
from safesend.engine.plan import Plan
from safesend.engine.report import Report
from safesend.engine.run import Run
from safesend.engine.settings import Settings, Tally, relay_name
from safesend.engine.stop import Stop
from safesend.errors import AddressError, CampaignPurged, Leak
from safesend.ledger.base import CampaignRecord, Ledger, State
from safesend.ledger.runs import this_user
from safesend.message.address import Address
from safesend.message.compose import Composed
from safesend.message.identity import CampaignKey
from safesend.scanner.child import FileReader
from safesend.suppression.freshness import keep_up
from safesend.transports.base import Switching, Transport

__all__ = ["Mailing"]

T = TypeVar("T")


@attrs.define
class Mailing:
    """One call of `send` over an open ledger."""

    plan: Plan
    ledger: Ledger
    transport: Transport
    settings: Settings
    clock: Clock
    tell: Listener
    reopen: Callable[[], AbstractContextManager[Ledger]]
    """Opens the ledger again for `Report.outcomes`, after this call has closed it."""
    content: Callable[[], Content | None] = lambda: None
    """What the ledger is to keep of the campaign, so that others can send it."""
    stop: Stop | None = None
    """Ends the run before its list does; the report is given all the same."""
    company: Company | None = None
    """Other processes that send with this one."""
    _offstage: Offstage = attrs.field(factory=Offstage)
    _interrupted: threading.Event = attrs.field(factory=threading.Event)
    _kept: bool = False
    _warnings: tuple[Leak, ...] = ()
    _look: Callable[[Composed], Sequence[Leak]] | None = None
    """Set where rows wait as an earlier call enrolled them, whatever they say now."""
    _files: FileReader = attrs.field(factory=FileReader)

    async def mail(self) -> Report:
        """Rehearse, enrol, send; the account of the campaign afterwards.

        Cancelling it lets what is in flight finish and be recorded first.
        """
        try:
            began = self.clock.monotonic()
            record = await self._enrol()
            rehearsed = self.clock.monotonic() - began
            tally = await self._run_with_company(record)
            accounting = Accounting(
                self.plan, self.ledger, self.clock, self.reopen, self._warnings
            )
            return await self._offstage(
                lambda: accounting.report(record, tally, rehearsed)
            )
        finally:
            self._files.close()
            self._offstage.close()

    async def enrol(self) -> CampaignRecord:
        """Rehearse and enrol only: whoever joins sends it."""
        try:
            return await self._enrol()
        finally:
            self._files.close()
            self._offstage.close()

    async def _enrol(self) -> CampaignRecord:
        enrolling = asyncio.ensure_future(self._offstage(self._enrolled))
        try:
            return await asyncio.shield(enrolling)
        except asyncio.CancelledError:
            # The ledger is the thread's until it has dropped its draft.
            self._interrupted.set()
            await _ended(enrolling)
            raise

    def _enrolled(self) -> CampaignRecord:
        now = self.clock.now()
        record = self.plan.booked(self.ledger, now)
        if record.purged is not None:
            raise CampaignPurged(record.name, record.purged)
        self._keep_up()
        self.ledger.recover(record.id, now)
        inspector = Inspector(
            compiled=self.plan.compiled,
            safety=self.plan.safety,
            read_file=self._files.read,
            known=self._enrolled_before(record) if record.live else None,
            borrowed=self.plan.borrowed,
        )
        enrolled = Enrolment(
            ledger=self.ledger,
            record=record,
            preparer=self.plan.preparer(self.ledger.secret),
            inspector=inspector,
            guards=self.plan.guards,
            now=now,
            tell=self.tell,
            stopped=self._interrupted.is_set,
            grouping=self.settings.grouping,
            clock=self.clock,
            before_live=lambda: self._begin(record),
            agreement=self._consenting(record, now),
        ).enrol(self.plan.audience)
        self._files.close()
        self._warnings = enrolled.warnings
        if self.settings.keep_for is not None:
            self.ledger.persons.keep(record.id, self.settings.keep_for)
        if sum(self.ledger.counts(record.id).values()) > enrolled.new:
            self._look = inspector.claimed
        self._settle(record, now)
        return record

    def _keep_up(self) -> None:
        """Raise `ConfigurationError` for an older copy of the suppression list."""
        if self.settings.suppression is not None:
            keep_up(self.settings.suppression, self.ledger)

    def _settle(self, record: CampaignRecord, now: float) -> None:
        """Rows of earlier calls, as this one was told to."""
        booking = self.settings.booking
        # First: a row in doubt does not expire, whatever its age, it may have arrived.
        self.ledger.expire(record.id, now - booking.give_up_after, now)
        # Of several carriers the ledger does not know which one may have a row.
        if booking.remembered and not isinstance(self.transport, Switching):
            # Before a policy decides: the relay takes each of them once only.
            relay, known = relay_name(self.transport), now - booking.recognised
            self.ledger.resend_known(record.id, relay, known, now)
        # Which of several carriers may have a row, no later call knows.
        several = isinstance(self.transport, Switching)
        kept = (State.IN_DOUBT, *([State.WAITING] if several else []))
        if booking.on_doubt not in kept:
            self.ledger.resolve(record.id, booking.on_doubt, None, now)

    def _begin(self, record: CampaignRecord) -> None:
        self._keep_up()
        wanted, now = self.settings.beginning, self.clock.now()
        other = record.fingerprint != self.plan.compiled.fingerprint
        changed = self.plan.guards.confirm_changes and (
            other or wanted.start is not None
        )
        settle_beginning(self.ledger, record, wanted, now, changed=changed)
        if (content := self.content()) is not None:
            content.keep(self.ledger, record.id)
            self._kept = True

    def _consenting(self, record: CampaignRecord, now: float) -> Consenting:
        return Consenting(
            ledger=self.ledger,
            record=record,
            fingerprint=self.plan.compiled.fingerprint,
            approvals=self.settings.approvals,
            pilot=self.settings.pilot,
            confirmed=self.plan.guards.confirm_changes,
            actor=this_user(),
            now=now,
        )

    def _enrolled_before(self, record: CampaignRecord) -> Callable[[str], bool]:
        """Whether the ledger has a row for an address of `addresses.keys_of`."""
        key = CampaignKey(self.ledger.secret, self.plan.name)

        def known(spelling: str) -> bool:
            try:
                digest = key.row(Address.parse(spelling))
            except AddressError:
                return False
            return self.ledger.account(record.id, digest) is not None

        return known

    async def _run_with_company(self, record: CampaignRecord) -> Tally:
        """The run of this process, and what others did in the meantime."""
        company = self.company
        if company is None or not self._kept:
            return await self._run(record)
        before = await self._offstage(lambda: self.ledger.counts(record.id))
        waiting, lanes = before.get(State.WAITING, 0), self.settings.lanes
        try:
            lanes = company.begin(record, waiting, lanes)
            self.settings = attrs.evolve(self.settings, lanes=lanes)
            tally = await self._run(record)
            while await company.over(stopped=tally.stopped is not None):
                again = await self._run(record)
                tally = attrs.evolve(again, seconds=tally.seconds + again.seconds)
        finally:
            await company.end()
        after = await self._offstage(lambda: self.ledger.counts(record.id))
        sent = after.get(State.ACCEPTED, 0) - before.get(State.ACCEPTED, 0)
        return attrs.evolve(tally, accepted=sent)

    async def _run(self, record: CampaignRecord) -> Tally:
        run = Run(
            self.ledger,
            record.id,
            attrs.evolve(self.plan.preparer(self.ledger.secret), look=self._look),
            self.transport,
            self.settings,
            self.clock,
            self.tell,
            self._offstage,
        )
        going = asyncio.ensure_future(run.go())
        loop, stop = asyncio.get_running_loop(), self.stop

        def hear(reason: str) -> None:
            loop.call_soon_threadsafe(run.stop, reason)

        try:
            with stop.heard_by(hear) if stop is not None else nullcontext():
                return await asyncio.shield(going)
        except asyncio.CancelledError:
            run.stop("interrupted")
            await _ended(going)
            raise


async def _ended(work: asyncio.Future[T]) -> None:
    """Wait for work that must not be left behind, however often it is cancelled."""
    while not work.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([work])
    if not work.cancelled():
        work.exception()  # it was looked at: the cancellation is what is raised
