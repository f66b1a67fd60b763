"""Outcome -> Result: what is written into the ledger (pure)."""

from __future__ import annotations

import attrs

from safesend.delivery import Outcome, Stage
from safesend.errors import SafesendError
from safesend.ledger.base import Result, Row, State
from safesend.policies.replies import Meaning, Scope, Verdict
from safesend.policies.retry import Retry
from safesend.redaction import mask_text

__all__ = [
    "DOUBT_STATES",
    "Booking",
    "When",
    "accepted",
    "failed",
    "suppressed",
    "waits",
]

DOUBT_STATES = {
    "hold": State.IN_DOUBT,
    "resend": State.WAITING,
    "assume-accepted": State.ACCEPTED,
}
"""What becomes of a row in doubt, by the name of the policy."""

_AGAIN = 5.0
"""Seconds before a row goes again that nobody judged; doubled each time ..."""

_AGAIN_AT_MOST = 900.0
"""... up to this."""

_DOUBLINGS = 12
_ROUTE_WAIT = 300.0
"""Seconds before a row goes again whose route wants less mail, and says no time."""

_FORGETS = 0.9
"""The part of the time for which a relay remembers that is relied on."""


@attrs.frozen
class When:
    """The moment of an outcome.

    `now` is seconds since 1970, `jitter` a random number in [0, 1), `again` how often
    in this call nobody judged the row, this time included. `moves`: another carrier is
    there to take what this one asks to wait with.
    """

    now: float
    jitter: float
    again: int = 1
    moves: bool = False


@attrs.frozen
class Booking:
    """The rules of one call for writing outcomes down.

    `give_up_after` is the age in seconds, from the first try, at which a deferred row
    expires. `remembered` is for how many seconds the relay recognises a message that
    it has taken, and takes it once only; 0.0: it does not.
    """

    retry: Retry
    on_doubt: State
    give_up_after: float
    remembered: float = 0.0

    @property
    def recognised(self) -> float:
        """For how many seconds after its date the relay is relied on to know it."""
        return self.remembered * _FORGETS

    def held(self, row: Row, relay: str, now: float) -> Result | None:
        """What becomes of a claimed row that may have arrived; None: it is sent.

        To the relay that may have it, while that one recognises it; to another, or
        later, only where a doubt is sent again anyway. Without a `relay` nobody knows
        which of several may have it: then a person decides.
        """
        if row.doubted is None:
            return None
        if self.on_doubt is State.WAITING:
            text = "perhaps delivered, and it is not known by which of the carriers"
            held = Result(row.id, State.IN_DOUBT, attempt=False, text=text)
            return None if relay else held
        if row.doubted == relay and self._knows(row, now):
            return None
        text = "perhaps delivered, and this relay would not recognise it"
        return Result(row.id, self.on_doubt, attempt=False, text=text)

    def result(
        self, row: Row, outcome: Outcome, verdict: Verdict, when: When
    ) -> Result:
        """The line for the ledger. Dates are seconds since 1970."""
        match verdict.meaning:
            case Meaning.DELIVERED:
                return accepted(row, outcome, outcome.text)
            case Meaning.NEVER:
                return _written(row, State.REFUSED, outcome, suppress=verdict.suppress)
            case Meaning.DOUBT:
                return self._doubted(row, outcome, when)
            case Meaning.UNTOUCHED | Meaning.LATER:
                return self._later(row, outcome, verdict, when)

    def _doubted(self, row: Row, outcome: Outcome, when: When) -> Result:
        date = self._date(row, when)
        if date is not None:
            # The relay takes it once only: no waiting until it has forgotten.
            soon = _AGAIN * 2 ** min(row.attempts, _DOUBLINGS) * (1 + when.jitter)
            soon = min(date, when.now + soon)
            if self._knows(row, soon):
                return _written(
                    row, State.WAITING, outcome, not_before=soon, doubted=True
                )
        if self.on_doubt is not State.WAITING:
            return _written(row, self.on_doubt, outcome)
        if date is None:
            # Each copy more may be one too many: now a person decides.
            return _written(row, State.IN_DOUBT, outcome)
        return _written(row, State.WAITING, outcome, not_before=date, doubted=True)

    def _later(
        self, row: Row, outcome: Outcome, verdict: Verdict, when: When
    ) -> Result:
        if verdict.attempt:
            date = self._date(row, when, verdict)
        elif verdict.scope is Scope.ROUTE and not when.moves:
            # Nobody judged the row, so the schedule of its tries says nothing.
            wait = (verdict.wait or _ROUTE_WAIT) * (1 + 0.1 * when.jitter)
            date = self._in_time(row, when.now, when.now + wait)
        else:
            wait = min(_AGAIN * 2 ** (when.again - 1), _AGAIN_AT_MOST)
            least = 0.0 if when.moves else verdict.wait or 0.0
            wait = max(wait * (0.9 + 0.2 * when.jitter), least)
            date = self._in_time(row, when.now, when.now + wait)
        if date is None:
            # What may have arrived is in doubt, however long ago that was.
            state = State.EXPIRED if row.doubted is None else State.IN_DOUBT
            return _written(row, state, outcome, attempt=verdict.attempt)
        return _written(
            row, State.WAITING, outcome, not_before=date, attempt=verdict.attempt
        )

    def _date(
        self, row: Row, when: When, verdict: Verdict | None = None
    ) -> float | None:
        """When to try again; None when the tries or the time are used up."""
        date = self.retry.next_try(
            row.attempts + 1,
            now=when.now,
            first_tried=_first(row, when.now),
            jitter=when.jitter,
            greylisted=verdict is not None and verdict.greylisted,
            at_least=None if verdict is None else verdict.wait,
        )
        return None if date is None else self._in_time(row, when.now, date)

    def _knows(self, row: Row, date: float) -> bool:
        """Whether the relay will know the row's message again at that date."""
        return row.dated is not None and date < row.dated + self.recognised

    def _in_time(self, row: Row, now: float, date: float) -> float | None:
        return date if date <= _first(row, now) + self.give_up_after else None


def _first(row: Row, now: float) -> float:
    return now if row.first_tried is None else row.first_tried


def accepted(row: Row, outcome: Outcome, text: str) -> Result:
    """The line for a message that was taken; `text` is its reply, discreet."""
    stage, code, enhanced = outcome.stage.value, outcome.code, outcome.enhanced
    return Result(row.id, State.ACCEPTED, 0.0, True, stage, code, enhanced, text)  # noqa: FBT003 - as many as there are messages


def _written(
    row: Row,
    state: State,
    outcome: Outcome,
    *,
    not_before: float = 0.0,
    attempt: bool = True,
    suppress: bool = False,
    doubted: bool = False,
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
        suppress,
        doubted,
    )


def suppressed(row: Row, reason: str) -> Result:
    """The line for a row whose mailbox is on the suppression list.

    What may have arrived already cannot be kept back any more: it is in doubt.
    """
    text = f"on the suppression list: {reason}"
    state = State.SUPPRESSED if row.doubted is None else State.IN_DOUBT
    return Result(row.id, state, attempt=False, text=text)


def failed(row: Row, error: SafesendError) -> Result:
    """The line for a row whose message could not be made."""
    text = mask_text(str(error))
    state = State.FAILED if row.doubted is None else State.IN_DOUBT
    return Result(row.id, state, attempt=False, stage=Stage.COMPOSE.value, text=text)


def waits(row: Row, until: float, reason: str) -> Result:
    """The line for a row that only one carrier may get, which rests until then."""
    return Result(row.id, State.WAITING, until, attempt=False, text=mask_text(reason))
