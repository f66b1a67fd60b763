"""Every row is composed, checked and enrolled, or none is.

The list is read twice, in batches: first to know who is in it, then row by row; memory
grows by some 50 octets a row. The rows of the draft become `waiting` in one
transaction after the last of them was found good.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import attrs

from safesend.checks.allowance import Allow
from safesend.checks.catalogue import ALL_CHECKS
from safesend.clock import SYSTEM, Clock
from safesend.engine.audience import Audience, Copy, audience_of
from safesend.engine.consent import begin_digest
from safesend.engine.events import Gathering, Listener, Rehearsed, Rehearsing
from safesend.engine.grouping import Grouping
from safesend.engine.inspection import Inspector
from safesend.engine.prepare import Findings, Preparer
from safesend.engine.seeds import Labels
from safesend.errors import (
    AudienceError,
    CampaignChanged,
    ConfigurationError,
    Leak,
    Problem,
    UnsafeMessage,
)
from safesend.ledger.base import Allowance, CampaignRecord, Ledger, NewRow
from safesend.ledger.history import RehearsalNote
from safesend.ledger.kinds import CORRECTION
from safesend.ledger.runs import this_user, this_version
from safesend.message.content import ContentDigest
from safesend.message.duplicates import Duplicates
from safesend.message.recipient import Recipient
from safesend.message.rowdata import Packed, packed
from safesend.redaction import mask_text

__all__ = ["Agreement", "Enrolled", "Enrolment", "Guards", "walk"]

_BATCH = 500
_GROWTH = 1.5


@attrs.frozen
class Guards:
    """Limits that a person set, or that a person must lift by name."""

    max_recipients: int | None = None
    allowed_domains: frozenset[str] | None = None
    confirm_changes: bool = False


def walk(
    audience: Iterable[Recipient],
    preparer: Preparer,
    inspector: Inspector,
    *,
    guards: Guards,
    date: float,
    findings: Findings,
) -> Iterator[Copy]:
    """Every copy after its message was made; what is wrong with it is booked."""
    audience = audience_of(audience)
    seen = None if audience.unique else Duplicates()
    copies = audience.copies()
    people = 0
    for number in itertools.count():
        if (copy := _next(copies, findings)) is None:
            break
        if seen is not None and _repeated(seen, copy, findings):
            continue
        _guard(copy.recipient, guards, findings)
        preparer.rehearse(copy, date, number, inspector, findings)
        people += not copy.seed
        if guards.max_recipients is not None and people > guards.max_recipients:
            raise ConfigurationError(
                f"the list has more than max_recipients={guards.max_recipients} people;"
                " nothing was sent. Check that it is the right list, or raise the limit"
            )
        yield copy
    findings.warnings.extend(inspector.judgement.warnings.values())
    findings.warnings.extend(inspector.judgement.unused())
    findings.allowed.update(inspector.judgement.allowed)


def _next(copies: Iterator[Copy], findings: Findings) -> Copy | None:
    try:
        return next(copies, None)
    except AudienceError as error:
        # A table tells its problems when it was read to its end.
        findings.problems.extend(error.problems)
        findings.total += error.total
        return None


def _repeated(seen: Duplicates, copy: Copy, findings: Findings) -> bool:
    recipient, number = copy.recipient, copy.ordinal + 1
    first = seen.first_seen(recipient.address, recipient.key, number)
    if first is None:
        return False
    reason = f"the same mailbox as recipient {first}; one person gets one message"
    place = Problem(recipient.source or "audience", number, "", reason)
    findings.problems.append(place)
    findings.total += 1
    return True


def _guard(recipient: Recipient, guards: Guards, findings: Findings) -> None:
    allowed = guards.allowed_domains
    if allowed is None or recipient.address.domain in allowed:
        return
    leak = Leak(
        "L36",
        f"recipient {recipient.address}",
        "its domain is not in allowed_domains: no real person gets mail from a test",
    )
    findings.add(recipient, UnsafeMessage([leak]))


@attrs.frozen
class Enrolled:
    """How a list was enrolled: rows in it, those new to the ledger, warnings.

    `digest` is that of all that people agree to: letter, sender and list.
    """

    total: int
    new: int
    warnings: tuple[Leak, ...]
    digest: bytes


class Agreement(Protocol):
    """What people must agree to before it goes live; raises what stands against it."""

    def begin(self) -> None:
        """The list is read now."""

    def meet(self, content: bytes) -> None:
        """One row of it."""

    def admit(self, digest: bytes) -> None:
        """The digest of it all."""


class _NobodyAsks:
    """Where nobody must agree."""

    def begin(self) -> None: ...
    def meet(self, content: bytes) -> None: ...
    def admit(self, digest: bytes) -> None: ...


@attrs.frozen(kw_only=True)
class Enrolment:
    """Rehearses a list and enrols it, whole or not at all."""

    ledger: Ledger
    record: CampaignRecord
    preparer: Preparer
    inspector: Inspector
    guards: Guards
    now: float
    tell: Listener
    stopped: Callable[[], bool]
    grouping: Grouping = attrs.field(factory=Grouping)
    agreement: Agreement = attrs.field(factory=_NobodyAsks)
    clock: Clock = SYSTEM
    before_live: Callable[[], None] = lambda: None
    """Called when every row was found good, just before they may be claimed."""

    def enrol(self, audience: Iterable[Recipient]) -> Enrolled:
        """Rehearse and enrol every row.

        Raises `UnsafeMessage`, `AudienceError`, `CampaignChanged`,
        `ConfigurationError` or what `agreement` raises; nothing is enrolled then.
        """
        began = self.clock.monotonic()
        fingerprint = self.preparer.compiled.fingerprint
        _refuse_other_content(self.record, fingerprint, self.guards)
        audience = audience_of(audience)
        people = audience.circle(self.guards.max_recipients)
        self.inspector.gather(people, self._gathering)
        if leaks := self.inspector.shared():
            raise UnsafeMessage(leaks)
        self.ledger.begin_draft(self.record.id)
        try:
            enrolled = self._draft(audience)
            _refuse_much_longer(self.record, enrolled.new, self.guards)
            self.agreement.admit(enrolled.digest)
            self.ledger.note_allowances(
                self.record.id, _noted(self.inspector.safety.allow), self.now
            )
            self.before_live()
            self.ledger.go_live(self.record.id, fingerprint, self.now)
        except BaseException:
            self.ledger.drop_draft(self.record.id)
            raise
        self._note(enrolled, self.clock.monotonic() - began)
        self.tell(Rehearsed(enrolled.total, enrolled.new))
        return enrolled

    def _note(self, enrolled: Enrolled, seconds: float) -> None:
        note = RehearsalNote(
            at=self.now,
            rows=enrolled.total,
            new=enrolled.new,
            digest=enrolled.digest,
            checks=tuple(dict.fromkeys(check.id for check in ALL_CHECKS)),
            version=this_version(),
            actor=this_user(),
            seconds=seconds,
        )
        self.ledger.history.note_rehearsal(self.record.id, note)

    def _gathering(self, rows: int) -> None:
        self.tell(Gathering(rows))
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self.stopped():
            raise InterruptedError("the rehearsal was interrupted")

    def _draft(self, audience: Audience) -> Enrolled:
        findings, labels = Findings(), Labels()
        digest = begin_digest(
            self.ledger.secret,
            self.record.name,
            self.preparer.compiled,
            self.inspector.safety,
        )
        self.agreement.begin()
        total = new = 0
        rows = walk(
            audience,
            self.preparer,
            self.inspector,
            guards=self.guards,
            date=self.now,
            findings=findings,
        )
        for batch in _batches(rows):
            total += len(batch)
            if not findings.leaks and not findings.problems:
                new += self._enrolled(batch, digest, labels)
            self.tell(Rehearsing(total))
            self._stop_if_asked()
        _refuse_findings(findings, total)
        return Enrolled(total, new, tuple(findings.warnings), digest.value())

    def _enrolled(
        self, batch: Sequence[Copy], digest: ContentDigest, labels: Labels
    ) -> int:
        providers = self.grouping.names(one.recipient.address.domain for one in batch)
        rows = []
        for copy, label in zip(batch, labels.of(batch, providers), strict=True):
            octets = packed(copy.recipient)
            digest.add(octets.content)
            self.agreement.meet(octets.content)
            rows.append(_row(copy, octets, self.preparer, label))
        return self.ledger.enrol(self.record.id, rows)


def _noted(allow: Iterable[Allow]) -> list[Allowance]:
    """As the ledger keeps them: without an address, should a reason hold one."""
    return [
        Allowance(one.check, mask_text(one.place), mask_text(one.reason))
        for one in allow
    ]


def _batches(rows: Iterator[Copy]) -> Iterator[Sequence[Copy]]:
    batch: list[Copy] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(copy: Copy, octets: Packed, preparer: Preparer, provider: str) -> NewRow:
    recipient, address = copy.recipient, copy.recipient.address
    return NewRow(
        preparer.key.row(address, recipient.key),
        preparer.key.suppression(address),
        provider,
        octets.payload,
        kind=int(copy.seed),
    )


def _refuse_findings(findings: Findings, total: int) -> None:
    if findings.leaks:
        raise UnsafeMessage(findings.leaks)
    if findings.problems:
        counted = findings.total - len(findings.failures)
        raise AudienceError(findings.problems, counted)
    if not total:
        raise AudienceError([Problem("audience", 0, "", "there is nobody in the list")])


def _refuse_other_content(
    record: CampaignRecord, fingerprint: bytes, guards: Guards
) -> None:
    same = not record.live or record.fingerprint == fingerprint
    if not same and not guards.confirm_changes:
        raise CampaignChanged(
            f"the campaign {record.name!r} was begun with another template, sender or"
            " attachment; nothing was sent. People who had the old message will not get"
            " the new one. Give the new mailing a name of its own, or confirm with"
            " confirm_changes=True (--confirm-changes)"
        )


def _refuse_much_longer(record: CampaignRecord, new: int, guards: Guards) -> None:
    # A correction grows as more people get what it corrects; nobody else can be in it.
    if not record.live or guards.confirm_changes or record.kind == CORRECTION:
        return
    if record.enrolled and record.enrolled + new > _GROWTH * record.enrolled:
        raise CampaignChanged(
            f"the list of campaign {record.name!r} grew from {record.enrolled} to"
            f" {record.enrolled + new} people; nothing was sent. Check that it is the"
            " right list, then confirm with confirm_changes=True (--confirm-changes)"
        )
