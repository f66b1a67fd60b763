"""The report of a call: what the ledger knows of the campaign, and how it went."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager

import attrs

from safesend.clock import Clock
from safesend.engine.brake import BY_ITSELF
from safesend.engine.events import Waiting
from safesend.engine.orders import waits_for
from safesend.engine.plan import Plan
from safesend.engine.report import Report
from safesend.engine.retention import purge_over
from safesend.engine.settings import Tally
from safesend.errors import Leak
from safesend.ledger.base import Account, CampaignRecord, Ledger, State
from safesend.ledger.heard import Heard
from safesend.ledger.orders import Ordered
from safesend.message.identity import CampaignKey
from safesend.message.recipient import Recipient

__all__ = ["Accounting"]

_EXPLAINED = (
    State.REFUSED,
    State.WAITING,
    State.IN_DOUBT,
    State.SUPPRESSED,
    State.FAILED,
    State.EXPIRED,
)


@attrs.frozen
class Accounting:
    """Makes reports of a plan's campaign; `reopen` is for those who ask them later."""

    plan: Plan
    ledger: Ledger
    clock: Clock
    reopen: Callable[[], AbstractContextManager[Ledger]]
    warnings: tuple[Leak, ...] = ()

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

    def _in_hand(self, record: CampaignRecord, counts: Mapping[State, int]) -> int:
        """How many other runs have in hand, which are at work: ours is over."""
        if not (sending := counts.get(State.SENDING, 0)):
            return 0
        senders = self.ledger.sight.senders(record.id, self.clock.now())
        return sending if any(one.alive for one in senders) else 0

    def report(self, record: CampaignRecord, tally: Tally, rehearsed: float) -> Report:
        """How the campaign stands; `rehearsed`: for how many seconds it was checked."""
        counts = self.ledger.counts(record.id)
        heard = self.ledger.hindsight.tally(record.id)
        plan = self.plan
        due = tally.resumes
        if tally.waiting_for != "pilot":
            due = _later(due, self.ledger.next_due(record.id))
        ordered = self.ledger.orders.ordered(record.id)
        waiting = counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0)
        ordered_wait = self._awaits_order(record, ordered, due, waiting)
        other = "date" if due and due != tally.resumes else tally.waiting_for
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
            in_hand=self._in_hand(record, counts),
            in_doubt=counts.get(State.IN_DOUBT, 0),
            suppressed=counts.get(State.SUPPRESSED, 0),
            cancelled=counts.get(State.CANCELLED, 0),
            expired=counts.get(State.EXPIRED, 0),
            failed=counts.get(State.FAILED, 0),
            seeds=sum(self.ledger.kinds.seeds(record.id).values()),
            bounced=heard.get(Heard.BOUNCED, 0),
            complained=heard.get(Heard.COMPLAINED, 0),
            notes=plan.audience.notes,
            skipped=plan.audience.skipped,
            problems=plan.audience.problems,
            warnings=self.warnings,
            allowed=tuple(self.ledger.allowances(record.id)),
            sent_now=tally.accepted,
            stopped=self._stopped(tally),
            next_due=due,
            waiting_for=ordered_wait or other,
            pauses=tally.pauses,
            carriers=tally.carriers,
            switches=tally.switches,
            purged=purge_over(self.ledger, record.id, self.clock.now()),
            held=ordered.stops(),
            seconds=tally.seconds,
            rehearsal_seconds=rehearsed,
            reasons=self._reasons(record, counts),
            accounts=self._accounts,
        )

    def _accounts(
        self, audience: Iterable[Recipient]
    ) -> Iterator[tuple[Recipient, Account]]:
        with self.reopen() as ledger:
            yield from _join(ledger, self.plan.name, audience)

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


def _join(
    ledger: Ledger, name: str, audience: Iterable[Recipient]
) -> Iterator[tuple[Recipient, Account]]:
    key = CampaignKey(ledger.secret, name)
    campaign = next(c.id for c in ledger.campaigns() if c.name == name)
    for recipient in audience:
        digest = key.row(recipient.address, recipient.key)
        if (account := ledger.account(campaign, digest)) is not None:
            yield recipient, account
