"""Connections that all workers together may have: a seat for each, kept for a while.

A worker that was frozen finds its seat gone when it goes on: by its own clock, before
it says another word on that connection.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Callable

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.engine.bookkeeper import Offstage
from safesend.engine.ending import Ending
from safesend.engine.waiting import any_of
from safesend.errors import LedgerError
from safesend.ledger.seats import Seats

__all__ = ["LEASE", "Seat", "Seating"]

LEASE = 15.0
"""Seconds for which a seat is had without a word: then it is free for others."""

_RENEWED = 5.0
_TURN = 30.0
"""Seconds after which a connection is given up, so that others get their turn."""
_AGAIN = 0.3
"""Seconds to the next try where no seat was free."""


@attrs.define(eq=False)
class Seat:
    """One of ours. Dates are in monotonic seconds."""

    id: uuid.UUID
    until: float
    """When it is lost, unless it is renewed."""
    leaves: float
    """When its turn is over."""

    def lasts(self, now: float) -> bool:
        """Whether one more message may go by its connection."""
        return now < self.until and now < self.leaves


@attrs.define
class Seating:
    """The seats of one run. `apart`: they are kept elsewhere than in the ledger."""

    seats: Seats
    most: int | None
    """How many there are on each route; None: nobody counts."""
    clock: Clock
    offstage: Offstage
    ending: Ending
    apart: bool = False
    taken: dict[uuid.UUID, Seat] = attrs.field(factory=dict)
    _turns: dict[str, asyncio.Lock] = attrs.field(factory=dict)

    async def wait(self, route: str, wanted: Callable[[], bool]) -> Seat | None:
        """A seat, as soon as one is free; None when it is not wanted any more."""
        assert self.most is not None
        # One at a time: the others of this run would only ask as often.
        async with self._turns.setdefault(route, asyncio.Lock()):
            while wanted() and not self.ending.began:
                if (seat := await self.take(route, self.most)) is not None:
                    return seat
                await any_of(SYSTEM, _AGAIN, self.ending.asked)
        return None

    async def take(self, key: str, most: int) -> Seat | None:
        """One of so many seats; None where none is free."""
        id_, now = uuid.uuid4(), self.clock.monotonic()
        try:
            taken = await self.offstage(lambda: self.seats.take(key, most, id_, LEASE))
        except LedgerError:
            if not self.apart:
                raise
            return None
        if not taken:
            return None
        seat = self.taken[id_] = Seat(id_, now + LEASE, now + _TURN)
        return seat

    async def leave(self, seat: Seat) -> None:
        """Others may have it."""
        if self.taken.pop(seat.id, None) is None:
            return
        try:
            await self.offstage(lambda: self.seats.leave(seat.id))
        except LedgerError:
            if not self.apart:
                raise
            # It is free when its time is over.

    async def leave_all(self) -> None:
        """At the end of the run."""
        for seat in list(self.taken.values()):
            await self.leave(seat)

    async def keep(self) -> None:
        """Renew what is taken, until cancelled. Raises `LedgerError`."""
        while True:
            await SYSTEM.sleep(_RENEWED)
            if self.taken:
                await self._renew()

    async def _renew(self) -> None:
        ours, now = list(self.taken), self.clock.monotonic()
        try:
            kept = await self.offstage(lambda: self.seats.renew(ours, LEASE))
        except LedgerError:
            if not self.apart:
                raise
            return
        for id_ in ours:
            if (seat := self.taken.get(id_)) is not None:
                seat.until = now + LEASE if id_ in kept else -math.inf
