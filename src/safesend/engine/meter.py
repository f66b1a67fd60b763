"""Counting what becomes of messages, at next to no cost for each."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

import attrs

from safesend.engine.events import Attempts, Booked
from safesend.ledger.base import State

__all__ = ["BOUNDS", "OTHER", "Meter"]

BOUNDS = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0),
    *(2.5, 5.0, 7.5, 10.0, 30.0, 60.0),
)
"""Upper ends of the pieces of time into which attempts fall: those that OpenTelemetry
asks for, and two for servers that let one wait."""

OTHER = "other"
"""Stands for the domains of small providers that are too many to be told apart."""

_DOMAINS = 500
_OUTCOMES = {State.WAITING: "deferred"}


@attrs.define
class Meter:
    """What one run did: by provider and state, and how long its attempts took."""

    _numbers: dict[str, Counter[State]] = attrs.field(factory=dict)
    _domains: int = 0
    _attempts: list[int] = attrs.field(factory=lambda: [0] * (len(BOUNDS) + 1))
    _seconds: list[float] = attrs.field(factory=lambda: [0.0] * (len(BOUNDS) + 1))
    starved: float = 0.0
    """Seconds in which the ledger was waited for with nothing in hand."""

    def booked(self, provider: str, state: State) -> None:
        """A row of a provider came to a state, or was put off (WAITING)."""
        try:
            self._numbers[provider][state] += 1
        except KeyError:
            self._first(provider)[state] += 1

    def took(self, seconds: float) -> None:
        """An attempt, from the moment a session took it to its outcome."""
        at = bisect_left(BOUNDS, seconds)
        self._attempts[at] += 1
        self._seconds[at] += seconds

    def _first(self, provider: str) -> Counter[State]:
        if "." in provider:
            self._domains += 1
            if self._domains > _DOMAINS:
                # A list has domains without end; each would stay in memory.
                return self._numbers.setdefault(OTHER, Counter())
        return self._numbers.setdefault(provider, Counter())

    def so_far(self) -> tuple[Booked, ...]:
        """What became of the rows of each provider."""
        return tuple(
            Booked(provider, _OUTCOMES.get(state, state.value), number)
            for provider, numbers in self._numbers.items()
            for state, number in numbers.items()
        )

    def attempts(self) -> Attempts:
        """How long they took."""
        return Attempts(BOUNDS, tuple(self._attempts), tuple(self._seconds))
