"""Outcome -> Result: what is written into the ledger (pure)."""

from __future__ import annotations

import attrs

from safesend.delivery import Outcome
from safesend.ledger.base import Result, Row, State
from safesend.policies.replies import Meaning, Verdict
from safesend.policies.retry import Retry

__all__ = ["DOUBT_STATES", "Booking"]

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
                return _written(row, State.ACCEPTED, outcome)
            case Meaning.NEVER:
                return _written(row, State.REFUSED, outcome)
            case Meaning.DOUBT:
                again = now + self._again(row, verdict, now, jitter)
                return _written(row, self.on_doubt, outcome, not_before=again)
            case Meaning.UNTOUCHED:
                return _written(
                    row, State.WAITING, outcome, not_before=now + _AGAIN, attempt=False
                )
            case Meaning.LATER:
                return self._later(row, outcome, verdict, now, jitter)

    def _again(self, row: Row, verdict: Verdict, now: float, jitter: float) -> float:
        date = self._date(row, verdict, now, jitter)
        return _AGAIN if date is None else date - now

    def _later(
        self, row: Row, outcome: Outcome, verdict: Verdict, now: float, jitter: float
    ) -> Result:
        date = self._date(row, verdict, now, jitter)
        first = now if row.first_tried is None else row.first_tried
        if date is None or date > first + self.give_up_after:
            return _written(row, State.EXPIRED, outcome)
        return _written(row, State.WAITING, outcome, not_before=date)

    def _date(
        self, row: Row, verdict: Verdict, now: float, jitter: float
    ) -> float | None:
        return self.retry.next_try(
            row.attempts + 1,
            now=now,
            first_tried=now if row.first_tried is None else row.first_tried,
            jitter=jitter,
            greylisted=verdict.greylisted,
        )


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
