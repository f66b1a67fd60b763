"""Rows out of the ledger: when the next are due, and whose."""

from __future__ import annotations

import math

import attrs

from safesend.clock import Clock
from safesend.engine.bookkeeper import Bookkeeper, Offstage
from safesend.engine.hand import Hand
from safesend.engine.traffic import Traffic
from safesend.ledger.base import Ledger, Row

__all__ = ["Supply"]

_Held = frozenset[str]


@attrs.define
class Supply:
    """Claims for one run. Dates are seconds since 1970."""

    ledger: Ledger
    campaign: int
    run: int
    hand: Hand
    traffic: Traffic
    books: Bookkeeper
    clock: Clock
    offstage: Offstage
    lanes: int
    _due: float | None = None
    """When the next row is due that is not held."""
    _due_held: float | None = None
    """When the next row is due, held or not."""
    _asked: _Held | None = None
    """What was held when the ledger was asked; None: ask again."""

    async def next_due(self, now: float) -> float | None:
        """When a row may be claimed; None when none waits.

        Rows of a provider that has its part in hand are due when it has less.
        """
        held, ends = self._held(now)
        while held != self._asked or self.books.unbegun or self.books.released:
            # Meanwhile the hand may have emptied, or a pause begun.
            await self._ask(held)
            held, ends = self._held(now)
        if (date := self.books.earliest) is not None:
            self._due = date if self._due is None else min(date, self._due)
            self._due_held = self._due if self._due_held is None else self._due_held
        self.books.earliest = None
        return self._opened(held, ends, now)

    def _opened(self, held: _Held, ends: float, now: float) -> float | None:
        whole = self._closed_until(now)
        dates = []
        if self._due is not None:
            dates.append(max(self._due, whole))
        if held and self._due_held is not None and ends < math.inf:
            dates.append(max(self._due_held, ends, whole))
        return min(dates, default=None)

    async def claim(self, limit: int, now: float) -> list[Row]:
        """Up to so many rows, no provider more than its part."""
        # What is recorded before it is durable with it: no more than one hand of rows
        # is in doubt when the machine dies.
        await self.books.flush()
        shares = self.hand.shares(self._limits(now))
        rows = await self.offstage(
            lambda: self.ledger.claim(self.campaign, self.run, limit, now, shares)
        )
        if len(rows) < limit:
            self._asked = None
        return rows

    async def recover(self, now: float) -> bool:
        """Settle what another process left that died; whether rows came of it."""
        found = await self.offstage(lambda: self.ledger.recover(self.campaign, now))
        if found.waiting or found.recorded:
            self._asked = None
        return found.waiting > 0

    async def _ask(self, held: _Held) -> None:
        # What is booked and not recorded yet the ledger cannot know of.
        await self.books.flush()
        self.books.earliest, self.books.released = None, False

        def asked() -> tuple[float | None, float | None]:
            due = self.ledger.next_due(self.campaign, held)
            anybody = self.ledger.next_due(self.campaign) if held else due
            return due, anybody

        self._due, self._due_held = await self.offstage(asked)
        self._asked = held

    def _held(self, now: float) -> tuple[_Held, float]:
        """Providers that get nothing now, and when the first pause of them ends."""
        names, ends = set[str](), math.inf
        for share in self.traffic.paused(now):
            if share.provider:
                names.add(share.provider)
                ends = min(ends, share.paused_until)
        names |= self.hand.shares(self._limits(now)).held
        return frozenset(names), ends

    def _closed_until(self, now: float) -> float:
        """When anything may go at all: hours, and pauses of whole routes."""
        routes = [queue.share for queue in self.hand.queues.values()]
        if not routes:
            routes = [self.traffic.share(self.traffic.relay)]
        return min(self.traffic.open_at(share, now) for share in routes)

    def _limits(self, now: float) -> dict[str, int]:
        """How many rows some providers may have in hand."""
        limits = {
            share.provider: 0 for share in self.traffic.paused(now) if share.provider
        }
        throttle = self.traffic.throttle
        for provider in throttle.per_provider if throttle else ():
            if provider not in limits and (pace := self.traffic.limit(provider, now)):
                limits[provider] = math.ceil(pace.rate) + 2 * self.lanes
        return limits
