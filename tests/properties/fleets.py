"""What a ledger must make of rows, as simply as it can be said: a model for tests."""

from __future__ import annotations

import math

import attrs

from safesend.ledger.base import Control, Result, Shares, State

__all__ = ["ModelRow", "ModelRows"]


@attrs.define
class ModelRow:
    """One row, and what has left of it."""

    provider: str
    state: State = State.WAITING
    not_before: float = 0.0
    attempts: int = 0
    first_tried: float | None = None
    holder: object = None
    """The run that has it in hand."""
    taken: bool = False
    """Its message was handed to a session."""
    settled: Result | None = None
    """What came of it, until that is recorded."""
    copies: int = 0
    """Whole messages of it that left."""
    resends: int = 0
    """How often a person said that it is to be sent again."""

    @property
    def put_off(self) -> bool:
        """Whether it waits as one that had its turn."""
        return self.attempts > 0 or self.not_before > 0

    def is_due(self, now: float) -> bool:
        """Whether a claim may give it."""
        return self.state is State.WAITING and self.not_before <= now


@attrs.define
class ModelRows:
    """All rows of a campaign."""

    control: Control = Control.RUN
    rows: list[ModelRow] = attrs.field(factory=list)
    holds: dict[str, Control] = attrs.field(factory=dict)

    def hold(self, provider: str, control: Control) -> None:
        """A provider is paused, cancelled, or let go on."""
        self.holds[provider] = control
        self.sweep()

    def is_held(self, provider: str) -> bool:
        """Whether a person holds its mail."""
        return self.holds.get(provider, Control.RUN) is not Control.RUN

    def enrol(self, provider: str) -> None:
        """One more."""
        self.rows.append(ModelRow(provider))
        self.sweep()

    def due(self, limit: int, now: float, shares: Shares) -> int:
        """How many rows a claim gives."""
        if self.control is not Control.RUN:
            return 0
        number: dict[str, int] = {}
        for row in self.rows:
            free = row.is_due(now) and not self.is_held(row.provider)
            number[row.provider] = number.get(row.provider, 0) + free
        parts = (min(n, shares.of(name, limit)) for name, n in number.items())
        return min(limit, sum(max(0, part) for part in parts))

    def next_due(self, held: frozenset[str]) -> float | None:
        """The earliest date of a row that waits."""
        dates = [
            row.not_before
            for row in self.rows
            if row.state is State.WAITING
            and row.provider not in held
            and not self.is_held(row.provider)
        ]
        return min(dates, default=None)

    def give(self, row: ModelRow, holder: object) -> None:
        """A run claimed it."""
        row.state, row.holder, row.taken, row.settled = (
            State.SENDING,
            holder,
            False,
            None,
        )

    def record(self, row: ModelRow, now: float) -> None:
        """Its outcome is written."""
        result = row.settled
        assert result is not None
        row.state, row.not_before = result.state, result.not_before
        row.attempts += result.attempt
        if (result.attempt or result.code) and row.first_tried is None:
            row.first_tried = now
        self._let_go(row)

    def release(self, row: ModelRow) -> None:
        """It was not begun, and waits again."""
        row.state = State.WAITING
        self._let_go(row)

    def end(self, holder: object, now: float) -> None:
        """A run is over, be it by its end or by its death."""
        for row in self.held(holder):
            if row.settled is not None:
                self.record(row, now)
            elif row.taken:
                row.state = State.IN_DOUBT
                self._let_go(row)
            else:
                self.release(row)

    def held(self, holder: object) -> list[ModelRow]:
        """What a run has in hand."""
        return [row for row in self.rows if row.holder is holder]

    def resolve(self, row: ModelRow, state: State, now: float) -> None:
        """A person decided about a doubt."""
        row.state = state
        if state is State.WAITING:
            row.not_before = now
            row.resends += 1
        self.sweep()

    def expire(self, before: float) -> None:
        """What was first tried before that date is given up."""
        for row in self.rows:
            tried = math.inf if row.first_tried is None else row.first_tried
            if row.state is State.WAITING and row.put_off and tried < before:
                row.state = State.EXPIRED

    def sweep(self) -> None:
        """What was cancelled waits no more."""
        for row in self.rows:
            orders = (self.control, self.holds.get(row.provider))
            if row.state is State.WAITING and Control.CANCEL in orders:
                row.state = State.CANCELLED

    def _let_go(self, row: ModelRow) -> None:
        row.holder, row.taken, row.settled = None, False, None
        self.sweep()
