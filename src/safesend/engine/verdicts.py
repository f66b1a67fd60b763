"""Outcome -> Result: what is written into the ledger (pure)."""

from __future__ import annotations

import attrs

from safesend.delivery import Outcome
from safesend.ledger.base import Result, Row, State
from safesend.policies.replies import Meaning, Verdict
from safesend.policies.retry import Retry

__all__ = ["DOUBT_STATES", "Booking", "accepted"]

DOUBT_STATES = {
    "hold": State.IN_DOUBT,
    "resend": State.WAITING,
    "assume-accepted": State.ACCEPTED,
}
"""What becomes of a row in doubt, by the name of the policy."""

_AGAIN = 5.0
"""Seconds before a row goes again that nobody judged."""


@attrs.frozen
class Booking:
    """The rules of one call for writing outcomes down.

    `give_up_after` is the age in seconds, from the first try, at which a deferred row
    expires.
    """

    retry: Retry
    on_doubt: State
    give_up_after: float

    def result(
        self, row: Row, outcome: Outcome, verdict: Verdict, now: float, jitter: float
    ) -> Result:
        """The line for the ledger. Dates are seconds since 1970."""
        match verdict.meaning:
            case Meaning.DELIVERED:
                return accepted(row, outcome)
            case Meaning.NEVER:
                return _written(row, State.REFUSED, outcome)
            case Meaning.DOUBT:
                return self._doubted(row, outcome, verdict, now, jitter)
            case Meaning.UNTOUCHED:
                return _written(
                    row, State.WAITING, outcome, not_before=now + _AGAIN, attempt=False
                )
            case Meaning.LATER:
                return self._later(row, outcome, verdict, now, jitter)

    def _doubted(
        self, row: Row, outcome: Outcome, verdict: Verdict, now: float, jitter: float
    ) -> Result:
        if self.on_doubt is not State.WAITING:
            return _written(row, self.on_doubt, outcome)
        date = self._date(row, verdict, now, jitter)
        if date is None:
            # Each copy more may be one too many: now a person decides.
            return _written(row, State.IN_DOUBT, outcome)
        return _written(row, State.WAITING, outcome, not_before=date)

    def _later(
        self, row: Row, outcome: Outcome, verdict: Verdict, now: float, jitter: float
    ) -> Result:
        date = self._date(row, verdict, now, jitter)
        if date is None:
            return _written(row, State.EXPIRED, outcome)
        return _written(row, State.WAITING, outcome, not_before=date)

    def _date(
        self, row: Row, verdict: Verdict, now: float, jitter: float
    ) -> float | None:
        """When to try again; None when the tries or the time are used up."""
        first = now if row.first_tried is None else row.first_tried
        date = self.retry.next_try(
            row.attempts + 1,
            now=now,
            first_tried=first,
            jitter=jitter,
            greylisted=verdict.greylisted,
        )
        if date is None or date > first + self.give_up_after:
            return None
        return date


def accepted(row: Row, outcome: Outcome) -> Result:
    """The line for a message that was taken; no date is needed for it."""
    return _written(row, State.ACCEPTED, outcome)


def _written(
    row: Row,
    state: State,
    outcome: Outcome,
    *,
    not_before: float = 0.0,
    attempt: bool = True,
) -> Result:
    return Result(
        row.id,
        state,
        not_before if state is State.WAITING else 0.0,
        attempt,
        outcome.stage.value,
        outcome.code,
        outcome.enhanced,
        outcome.text,
    )
