"""Seats: places that only so many of a fleet may have at a time, each for a while.

A connection to a relay is one, and so is the probe of a carrier that is out of order.
Who does not renew a seat loses it, and must not use it any more from then on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

import attrs

from safesend.clock import SYSTEM

__all__ = ["OwnSeats", "Seats"]


class Seats(Protocol):
    """Who gives out seats. The methods block, and raise `LedgerError`."""

    def take(self, key: str, most: int, holder: uuid.UUID, seconds: float, /) -> bool:
        """Have one of so many seats for so long; False: none is free."""

    def renew(self, holders: Sequence[uuid.UUID], seconds: float, /) -> set[uuid.UUID]:
        """Keep seats for so long from now; gives those who had theirs still."""

    def leave(self, holder: uuid.UUID, /) -> None:
        """Let somebody else have the seat. Who has none may leave as well."""


@attrs.define
class OwnSeats:
    """See `Seats`: of one process alone."""

    now: Callable[[], float] = SYSTEM.now
    taken: dict[uuid.UUID, tuple[str, float]] = attrs.field(factory=dict)

    def take(self, key: str, most: int, holder: uuid.UUID, seconds: float) -> bool:
        """See `Seats.take`."""
        now = self.now()
        self.taken = {one: seat for one, seat in self.taken.items() if seat[1] > now}
        if sum(seat[0] == key for seat in self.taken.values()) >= most:
            return False
        self.taken[holder] = key, now + seconds
        return True

    def renew(self, holders: Sequence[uuid.UUID], seconds: float) -> set[uuid.UUID]:
        """See `Seats.renew`."""
        now = self.now()
        kept = {
            one for one in holders if one in self.taken and self.taken[one][1] > now
        }
        for one in kept:
            self.taken[one] = self.taken[one][0], now + seconds
        return kept

    def leave(self, holder: uuid.UUID) -> None:
        """See `Seats.leave`."""
        self.taken.pop(holder, None)
