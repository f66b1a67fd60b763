"""What is to be sent to whom, and its rehearsal: nothing is sent or written."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from safesend.clock import Clock
from safesend.engine.audience import Audience, Copy, audience_of
from safesend.engine.consent import begin_digest
from safesend.engine.enrol import Guards, walk
from safesend.engine.inspection import Inspector
from safesend.engine.prepare import Findings, Preparer
from safesend.engine.report import Rehearsal
from safesend.engine.safety import Safety
from safesend.errors import CampaignChanged
from safesend.ledger.base import CampaignRecord, Ledger
from safesend.ledger.kinds import CORRECTION, REDIRECTED, TEST
from safesend.message.compile import CompiledMessage
from safesend.message.envelope import Envelope
from safesend.message.identity import CampaignKey
from safesend.message.recipient import Recipient
from safesend.message.rowdata import packed
from safesend.scanner.child import FileReader

__all__ = ["Plan", "rehearse"]


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
    plan: Plan,
    secret: bytes,
    clock: Clock,
    *,
    digested: bool = False,
    meet: Callable[[Copy], None] = lambda _: None,
) -> Rehearsal:
    """Compose and check every row; nothing is sent and nothing is written.

    `digested`: the secret is that of a ledger, under which people approve it. `meet`
    is called with every copy whose message was made.
    """
    preparer, findings = plan.preparer(secret), Findings()
    began, date = clock.monotonic(), clock.now()
    with FileReader() as files:
        inspector = Inspector(
            compiled=plan.compiled, safety=plan.safety, read_file=files.read
        )
        inspector.gather(
            plan.audience.circle(plan.guards.max_recipients), lambda _: None
        )
        findings.leak(inspector.shared())
        digest = begin_digest(secret, plan.name, plan.compiled, plan.safety)
        people, seeds = 0, 0
        for copy in walk(
            plan.audience,
            preparer,
            inspector,
            guards=plan.guards,
            date=date,
            findings=findings,
        ):
            people, seeds = people + 1, seeds + copy.seed
            meet(copy)
            if digested:
                digest.add(packed(copy.recipient).content)

    def message(recipient: Recipient) -> Envelope:
        return preparer.envelope(recipient, date)

    def unsigned(recipient: Recipient) -> Envelope:
        return preparer.unsigned(recipient, date)

    return Rehearsal(
        recipients=people,
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
        largest=findings.largest + findings.signatures,
        needs_utf8=findings.needs_utf8,
        digest=digest.value() if digested else b"",
        messages=lambda: map(message, plan.audience),
        message=message,
        unsigned=unsigned,
    )
