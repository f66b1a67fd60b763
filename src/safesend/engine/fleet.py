"""What a run shares with all who send: who keeps the limits, and who the seats."""

from __future__ import annotations

import asyncio

import attrs

from safesend.clock import Clock
from safesend.engine.bookkeeper import Offstage
from safesend.engine.ending import Ending
from safesend.engine.events import Listener
from safesend.engine.hand import Hand
from safesend.engine.refill import Refill
from safesend.engine.seating import Seating
from safesend.engine.settings import Settings
from safesend.engine.traffic import Traffic
from safesend.ledger.arrivals import OwnArrivals
from safesend.ledger.base import Ledger
from safesend.ledger.flow import Arrivals
from safesend.ledger.granted import GrantedArrivals
from safesend.ledger.redis import RedisIssuer
from safesend.ledger.redis_line import RedisLine
from safesend.ledger.redis_seats import RedisSeats
from safesend.ledger.seats import Seats

__all__ = ["Fleet"]


@attrs.define
class Fleet:
    """The ledger keeps both, or a Redis does, which is asked in a thread of its own."""

    ledger: Ledger
    settings: Settings
    offstage: Offstage
    line: RedisLine | None

    @classmethod
    def of(cls, ledger: Ledger, settings: Settings, offstage: Offstage) -> Fleet:
        """As the settings want it. Raises `ConfigurationError`."""
        if settings.limits is None:
            return cls(ledger, settings, offstage, None)
        return cls(ledger, settings, Offstage(), RedisLine(settings.limits))

    def arrivals(self, *, limited: bool) -> Arrivals:
        """By whose times it goes: on one machine its own, unless a limit is set."""
        if self.line is not None:
            return GrantedArrivals(RedisIssuer(self.line))
        if limited or self.ledger.many_machines:
            return self.ledger.arrivals()
        return OwnArrivals()

    def refill(
        self,
        traffic: Traffic,
        hand: Hand,
        clock: Clock,
        turn: asyncio.Event,
        tell: Listener,
    ) -> Refill | None:
        """Who asks for what others give out; None where it is all at hand."""
        arrivals = traffic.arrivals
        if not isinstance(arrivals, GrantedArrivals):
            return None
        return Refill(arrivals, traffic, hand, clock, self.offstage, turn, tell)

    def seating(self, clock: Clock, ending: Ending) -> Seating:
        """The seats of a run."""
        line, most = self.line, self.settings.connections
        seats: Seats = self.ledger.seats if line is None else RedisSeats(line)
        apart = line is not None
        return Seating(seats, most, clock, self.offstage, ending, apart=apart)

    def close(self) -> None:
        """Let go of the Redis."""
        if self.line is not None:
            line = self.line
            self.offstage.close()
            line.close()
