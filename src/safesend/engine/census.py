"""Who is on a list, as a look before sending wants to know it: numbers, no names."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import attrs

from safesend.checks.exploders import Crowd, crowd_behind
from safesend.checks.impersonal import is_role
from safesend.clock import SYSTEM
from safesend.engine.audience import Copy
from safesend.engine.plan import Plan, rehearse
from safesend.engine.report import Rehearsal
from safesend.errors import Leak, Problem
from safesend.ledger.base import Ledger
from safesend.ledger.beside import opened
from safesend.ledger.consent import distinct
from safesend.ledger.whereabouts import is_kept
from safesend.message.address import Address
from safesend.preflight.letters import LettersSeen
from safesend.preflight.mailing_list import Agreed, ListSeen, Some
from safesend.redaction import mask_text
from safesend.suppression import SuppressionList
from safesend.suppression.lending import lent

__all__ = ["Census", "take_census"]

_BATCH = 500
_KEPT = 1_000
"""Problems that a rehearsal keeps."""


@attrs.frozen(kw_only=True)
class Census:
    """A list and its letters, after every message was composed and checked."""

    domains: dict[str, int]
    largest: int
    needs_utf8: bool
    list: ListSeen
    letters: LettersSeen


def take_census(
    plan: Plan,
    sender: str,
    *,
    ledger: Ledger | str | Path | None = None,
    suppression: SuppressionList | str | Path | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Census:
    """Rehearse a mailing of that sender's domain, and count.

    The ledger is read where it is there; none is made. Blocks. Raises what reading it
    and the suppression list raises, and `InterruptedError` once it is `stopped`.
    """
    with lent(suppression) as shared:
        counting = _Counting(sender, shared, stopped)
        if ledger is None or _is_missing(ledger):
            rehearsal = _rehearsed(plan, None, counting)
            return _census(counting, rehearsal, _Past())
        with opened(ledger, plan.name) as book:
            rehearsal = _rehearsed(plan, book, counting)
            return _census(counting, rehearsal, _past(book, plan.name, rehearsal))


def _is_missing(ledger: Ledger | str | Path) -> bool:
    return isinstance(ledger, str | Path) and not is_kept(str(ledger))


def _rehearsed(plan: Plan, book: Ledger | None, counting: _Counting) -> Rehearsal:
    secret = secrets.token_bytes(32) if book is None else book.secret
    digested = book is not None
    return rehearse(plan, secret, SYSTEM, digested=digested, meet=counting.meet)


@attrs.define
class _Counting:
    """What is noted of each row while it passes."""

    sender: str
    shared: SuppressionList | None
    stopped: Callable[[], bool]
    domains: Counter[str] = attrs.field(factory=Counter)
    offices: Some = attrs.field(factory=Some)
    crowds: Some = attrs.field(factory=Some)
    suppressed: int = 0
    _batch: list[Address] = attrs.field(factory=list)

    def meet(self, copy: Copy) -> None:
        """One message, and whom it goes to."""
        if self.stopped():
            raise InterruptedError("the look at the list was interrupted")
        address, place = copy.recipient.address, copy.recipient.source
        self.domains[address.domain] += 1
        if copy.seed:
            return
        # Those that surely are lists are refused by a check of their own (L05).
        own = address.domain == self.sender
        if own and crowd_behind(address.local, address.domain) >= Crowd.PERHAPS:
            self.crowds.add(place)
        elif is_role(address.local.lower()):
            self.offices.add(place)
        if self.shared is not None:
            self._batch.append(address)
            if len(self._batch) == _BATCH:
                self.look_up()

    def look_up(self) -> None:
        """Ask the suppression list for those who were met since."""
        if self.shared is not None and self._batch:
            reasons = self.shared.which_of(self._batch)
            self.suppressed += sum(reason is not None for reason in reasons)
            self._batch.clear()


@attrs.frozen
class _Past:
    """What a ledger knows that bears upon this mailing."""

    agreed: Agreed | None = None
    before: str = ""
    last: int | None = None


def _past(book: Ledger, name: str, rehearsal: Rehearsal) -> _Past:
    records = book.campaigns()
    own = next((one for one in records if one.name == name), None)
    agreed = None
    if own is not None:
        approvals = book.consent.approvals(own.id)
        same = [one for one in approvals if one.digest == rehearsal.digest]
        others = [one for one in approvals if one.digest != rehearsal.digest]
        agreed = Agreed(
            needed=book.consent.needed(own.id),
            given=len(distinct(same)),
            others=len(distinct(others)),
        )
    # A list that was begun already is compared with itself, else with the latest one.
    earlier = [one for one in records if one.live and not one.is_trial and not one.kind]
    last = [own] if own is not None and own.live else earlier[-1:]
    return next((_Past(agreed, one.name, one.enrolled) for one in last), _Past(agreed))


def _census(counting: _Counting, rehearsal: Rehearsal, past: _Past) -> Census:
    counting.look_up()
    people = rehearsal.recipients - rehearsal.seeds
    seen = ListSeen(
        people=people,
        problems=_problems(rehearsal),
        skipped=rehearsal.skipped,
        offices=counting.offices,
        crowds=counting.crowds,
        suppressed=None if counting.shared is None else counting.suppressed,
        agreed=past.agreed,
        before=past.before,
        last=past.last,
    )
    letters = LettersSeen(
        made=rehearsal.recipients,
        complete=not rehearsal.problems,
        leaks=tuple(map(_masked, [*rehearsal.leaks, *rehearsal.warnings])),
        failures=tuple(_problem(one) for one in rehearsal.failures),
    )
    return Census(
        domains=dict(counting.domains),
        largest=rehearsal.largest,
        needs_utf8=rehearsal.needs_utf8,
        list=seen,
        letters=letters,
    )


def _problems(rehearsal: Rehearsal) -> Some:
    found = Some()
    for one in rehearsal.problems:
        found.add(mask_text(str(one)))
    if found.number >= _KEPT:  # there were more, which are counted with all the rest
        rest = len(rehearsal.leaks) + len(rehearsal.failures)
        found.number = max(found.number, rehearsal.total_problems - rest)
    return found


def _masked(leak: Leak) -> Leak:
    return attrs.evolve(
        leak,
        row=mask_text(leak.row),
        place=mask_text(leak.place),
        reason=mask_text(leak.reason),
    )


def _problem(problem: Problem) -> Problem:
    return attrs.evolve(
        problem, file=mask_text(problem.file), reason=mask_text(problem.reason)
    )
