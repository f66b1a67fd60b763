"""One mailing from list to report: recover, enrol, run, account."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

import attrs

from safesend.clock import Clock
from safesend.engine.audience import Audience, audience_of
from safesend.engine.beginning import settle_beginning
from safesend.engine.bookkeeper import Offstage
from safesend.engine.brake import BY_ITSELF
from safesend.engine.consent import Consenting, begin_digest
from safesend.engine.enrol import Enrolment, Guards, walk
from safesend.engine.events import Listener, Waiting
from safesend.engine.inspection import Inspector
from safesend.engine.orders import waits_for
from safesend.engine.prepare import Findings, Preparer
from safesend.engine.report import Rehearsal, Report
from safesend.engine.retention import purge_over
from safesend.engine.run import Run
from safesend.engine.safety import Safety
from safesend.engine.settings import Settings, Tally, relay_name
from safesend.errors import AddressError, CampaignChanged, CampaignPurged, Leak
from safesend.ledger.base import Account, CampaignRecord, Ledger, State
from safesend.ledger.kinds import CORRECTION, REDIRECTED, TEST
from safesend.ledger.orders import Ordered
from safesend.ledger.runs import this_user
from safesend.message.address import Address
from safesend.message.compile import CompiledMessage
from safesend.message.compose import Composed
from safesend.message.envelope import Envelope
from safesend.message.identity import CampaignKey
from safesend.message.recipient import Recipient
from safesend.message.rowdata import packed
from safesend.scanner.child import FileReader
from safesend.transports.base import Transport

__all__ = ["Mailing", "Plan", "rehearse"]

T = TypeVar("T")

_EXPLAINED = (
    State.REFUSED,
    State.WAITING,
    State.IN_DOUBT,
    State.SUPPRESSED,
    State.FAILED,
    State.EXPIRED,
)


@attrs.frozen
class Plan:
    """What is to be sent to whom: compiled, and not yet bound to a ledger.

    `kind` and `about` are what `CampaignRecord` says of it.
    """

    name: str
    compiled: CompiledMessage
    audience: Audience = attrs.field(converter=audience_of)
    guards: Guards
    safety: Safety = attrs.field(factory=Safety)
    kind: str = ""
    about: str = ""

    def preparer(self, secret: bytes) -> Preparer:
        """The maker of envelopes under the key of a ledger."""
        return Preparer(self.compiled, CampaignKey(secret, self.name))

    @property
    def borrowed(self) -> bool:
        """Whether its messages show the data of others than those who get them."""
        return self.kind in {TEST, REDIRECTED}

    def booked(self, ledger: Ledger, now: float) -> CampaignRecord:
        """Its record in a ledger, made if need be.

        Raises `CampaignChanged` where the name is that of a campaign of another kind.
        """
        record = ledger.campaign(self.name, now)
        if (record.kind, record.about) == (self.kind, self.about):
            return record
        changed = record.kind != self.kind or self.kind == CORRECTION
        if record.live and changed:
            kind = f"a {record.kind} {record.about}" if record.kind else "a mailing"
            again = " (it goes on with correction_of)" * (record.kind == CORRECTION)
            raise CampaignChanged(
                f"the ledger {ledger.name} knows {self.name!r} as {kind}{again};"
                " nothing was sent. Give this one a name of its own"
            )
        ledger.kinds.describe(record.id, self.kind, self.about)
        return attrs.evolve(record, kind=self.kind, about=self.about)


def rehearse(
    plan: Plan, secret: bytes, clock: Clock, *, digested: bool = False
) -> Rehearsal:
    """Compose and check every row; nothing is sent and nothing is written.

    `digested`: the secret is that of a ledger, under which people approve it.
    """
    preparer = plan.preparer(secret)
    findings = Findings()
    began, date = clock.monotonic(), clock.now()
    with FileReader() as files:
        inspector = Inspector(
            compiled=plan.compiled, safety=plan.safety, read_file=files.read
        )
        inspector.gather(
            plan.audience.circle(plan.guards.max_recipients), lambda _: None
        )
        findings.leak(inspector.shared())
        rows = walk(
            plan.audience,
            preparer,
            inspector,
            guards=plan.guards,
            date=date,
            findings=findings,
        )
        total = seeds = 0
        digest = begin_digest(secret, plan.name, plan.compiled, plan.safety)
        for copy in rows:
            total += 1
            seeds += copy.seed
            if digested:
                digest.add(packed(copy.recipient).content)

    def message(recipient: Recipient) -> Envelope:
        return preparer.envelope(recipient, date)

    def messages() -> Iterator[Envelope]:
        return map(message, plan.audience)

    return Rehearsal(
        recipients=total,
        seeds=seeds,
        skipped=plan.audience.skipped,
        leaks=tuple(findings.leaks),
        problems=tuple(findings.problems),
        failures=tuple(findings.failures),
        warnings=tuple(findings.warnings),
        allowed=findings.allowed,
        notes=plan.audience.notes,
        total_problems=findings.total,
        seconds=clock.monotonic() - began,
        digest=digest.value() if digested else b"",
        messages=messages,
        message=message,
    )


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
    _offstage: Offstage = attrs.field(factory=Offstage)
    _interrupted: threading.Event = attrs.field(factory=threading.Event)
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
            tally = await self._run(record)
            return await self._offstage(lambda: self._report(record, tally, rehearsed))
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
            agreed=self._consenting(record, now).admit,
        ).enrol(self.plan.audience)
        self._files.close()
        self._warnings = enrolled.warnings
        if self.settings.keep_for is not None:
            self.ledger.persons.keep(record.id, self.settings.keep_for)
        if sum(self.ledger.counts(record.id).values()) > enrolled.new:
            self._look = inspector.claimed
        booking = self.settings.booking
        # First: a row in doubt does not expire, whatever its age, it may have arrived.
        self.ledger.expire(record.id, now - booking.give_up_after, now)
        if booking.remembered:
            # Before a policy decides: the relay takes each of them once only.
            relay, known = relay_name(self.transport), now - booking.recognised
            self.ledger.resend_known(record.id, relay, known, now)
        if booking.on_doubt is not State.IN_DOUBT:
            self.ledger.resolve(record.id, booking.on_doubt, None, now)
        return record

    def _begin(self, record: CampaignRecord) -> None:
        wanted, now = self.settings.beginning, self.clock.now()
        other = record.fingerprint != self.plan.compiled.fingerprint
        changed = self.plan.guards.confirm_changes and (
            other or wanted.start is not None
        )
        settle_beginning(self.ledger, record, wanted, now, changed=changed)

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
        try:
            return await asyncio.shield(going)
        except asyncio.CancelledError:
            run.stop("interrupted")
            await _ended(going)
            raise

    def _stopped(self, tally: Tally) -> str | None:
        """Why the run stopped; with the way on, where it put an end to itself."""
        stopped, place = tally.stopped, self.ledger.name
        if stopped is None or not stopped.startswith(BY_ITSELF) or place == ":memory:":
            return stopped
        return f"{stopped}; to go on: safesend resume {shlex.quote(place)}"

    def _awaits_order(
        self, record: CampaignRecord, ordered: Ordered, due: float | None, waiting: int
    ) -> Waiting | None:
        """What of people's orders those who wait do so for."""
        orders, now = self.ledger.orders, self.clock.now()
        held_back = bool(ordered.holds) and bool(orders.held_back(record.id))
        return waits_for(ordered, due, waiting, now, held_back=held_back)

    def _report(self, record: CampaignRecord, tally: Tally, rehearsed: float) -> Report:
        counts = self.ledger.counts(record.id)
        plan, reopen = self.plan, self.reopen
        due = tally.resumes
        if tally.waiting_for != "pilot":
            due = _later(due, self.ledger.next_due(record.id))
        ordered = self.ledger.orders.ordered(record.id)
        waiting = counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0)
        ordered_wait = self._awaits_order(record, ordered, due, waiting)
        other = due and due != tally.resumes

        def accounts(
            audience: Iterable[Recipient],
        ) -> Iterator[tuple[Recipient, Account]]:
            with reopen() as ledger:
                yield from _join(ledger, plan.name, audience)

        return Report(
            campaign=plan.name,
            kind=plan.kind,
            about=plan.about,
            ledger=self.ledger.name,
            recipients=sum(counts.values()) - counts.get(State.DRAFT, 0),
            accepted=counts.get(State.ACCEPTED, 0),
            refused=counts.get(State.REFUSED, 0),
            waiting=waiting,
            deferred=self.ledger.deferred(record.id),
            in_doubt=counts.get(State.IN_DOUBT, 0),
            suppressed=counts.get(State.SUPPRESSED, 0),
            cancelled=counts.get(State.CANCELLED, 0),
            expired=counts.get(State.EXPIRED, 0),
            failed=counts.get(State.FAILED, 0),
            seeds=sum(self.ledger.kinds.seeds(record.id).values()),
            notes=plan.audience.notes,
            skipped=plan.audience.skipped,
            problems=plan.audience.problems,
            warnings=self._warnings,
            allowed=tuple(self.ledger.allowances(record.id)),
            sent_now=tally.accepted,
            stopped=self._stopped(tally),
            next_due=due,
            waiting_for=ordered_wait or ("date" if other else tally.waiting_for),
            pauses=tally.pauses,
            purged=purge_over(self.ledger, record.id, self.clock.now()),
            held=ordered.stops(),
            seconds=tally.seconds,
            rehearsal_seconds=rehearsed,
            reasons=self._reasons(record, counts),
            accounts=accounts,
        )

    def _reasons(
        self, record: CampaignRecord, counts: Mapping[State, int]
    ) -> Mapping[str, tuple[tuple[str, int], ...]]:
        return {
            state.value: tuple(self.ledger.reasons(record.id, state))
            for state in _EXPLAINED
            if counts.get(state)
        }


def _later(one: float | None, other: float | None) -> float | None:
    """A pause, or hours, may hold up what is due."""
    return other if one is None or other is None else max(one, other)


async def _ended(work: asyncio.Future[T]) -> None:
    """Wait for work that must not be left behind, however often it is cancelled."""
    while not work.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([work])
    if not work.cancelled():
        work.exception()  # it was looked at: the cancellation is what is raised


def _join(
    ledger: Ledger, name: str, audience: Iterable[Recipient]
) -> Iterator[tuple[Recipient, Account]]:
    key = CampaignKey(ledger.secret, name)
    campaign = next(c.id for c in ledger.campaigns() if c.name == name)
    for recipient in audience:
        digest = key.row(recipient.address, recipient.key)
        if (account := ledger.account(campaign, digest)) is not None:
            yield recipient, account
