"""Rows out of the ledger: when the next are due, and whose."""

from __future__ import annotations

import math

import attrs

from safesend.clock import Clock
from safesend.engine.bookkeeper import Bookkeeper, Offstage
from safesend.engine.hand import Hand
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import NEAR, Share, Traffic
from safesend.errors import LedgerError
from safesend.ledger.base import Ledger, Result, Row, Shares
from safesend.message.recipient import Recipient
from safesend.message.rowdata import unpack

__all__ = ["Supply", "unpacked"]

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
    board: Switchboard
    _due: float | None = None
    """When the next row is due that is not held."""
    _due_held: float | None = None
    """When the next row is due, held or not."""
    _asked: _Held | None = None
    """What was held when the ledger was asked; None: ask again."""
    found: int = 0
    """How many rows the last claim had, those on the suppression list included."""
    paced: bool = False
    """Whether what is due next waits for nothing but its provider's pace."""

    async def next_due(self, now: float) -> float | None:
        """When a row may be claimed; None when none waits.

        Rows of a provider that has its part in hand are due when it has less.
        """
        held = self._held(now)
        while held != self._asked or self.books.unbegun or self.books.released:
            # Meanwhile the hand may have emptied, or a pause begun.
            await self._ask(held)
            held = self._held(now)
        if (date := self.books.earliest) is not None:
            self._due = date if self._due is None else min(date, self._due)
            self._due_held = self._due if self._due_held is None else self._due_held
        self.books.earliest = None
        return self._opened(now) if held else self._opened_all(now)

    def _opened_all(self, now: float) -> float | None:
        self.paced = False
        return None if self._due is None else max(self._due, self._closed_until(now))

    def _opened(self, now: float) -> float | None:
        """The same where some are held: they are due when a pause or a wait ends."""
        due = self._opened_all(now)
        if self._due_held is None:
            return due
        begin = max(self._due_held, self._closed_until(now))
        ends = min(
            (share.paused_until for share in self._paused(now)), default=math.inf
        )
        turn = self._turn(now)
        held = max(begin, min(ends, turn))
        if held == math.inf or (due is not None and due <= held):
            return due
        self.paced = begin <= turn <= ends
        return held

    async def claim(self, limit: int, now: float) -> list[Row]:
        """Up to so many rows, no provider more than its part.

        Whoever is on the suppression list is booked here, and not among them.
        """
        # What is recorded before it is durable with it: no more than one hand of rows
        # is in doubt when the machine dies.
        await self.books.flush()
        shares = self.hand.shares(self._limits(now))
        rows, kept_back = await self.offstage(lambda: self._claimed(limit, now, shares))
        self.found = len(rows)
        if self.found < limit:
            self._asked = None
        if not kept_back:
            return rows
        settled = {result.id: result for result in kept_back}
        for row in rows:
            if row.id in settled:
                self.books.add(settled[row.id], row.provider)
        return [row for row in rows if row.id not in settled]

    def _claimed(
        self, limit: int, now: float, shares: Shares
    ) -> tuple[list[Row], list[Result]]:
        if (gate := self.books.gate) is not None:
            gate.keep_up()
        rows = self.ledger.claim(self.campaign, self.run, limit, now, shares)
        if gate is None or not rows:
            return rows, []
        people = [unpacked(row).address for row in rows]
        return rows, gate.kept_back(rows, people, now)

    async def recover(self, now: float) -> bool:
        """Settle what another process left that died; whether rows came of it."""
        found = await self.offstage(lambda: self.ledger.recover(self.campaign, now))
        if found.waiting or found.recorded:
            self._asked = None
        return found.waiting > 0

    def forget(self) -> None:
        """What is known of dates may be wrong: ask the ledger again."""
        self._asked = None

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

    def _held(self, now: float) -> _Held:
        """Providers that get nothing now."""
        return self.hand.shares(self._limits(now)).held

    def _paused(self, now: float) -> list[Share]:
        return self.board.barring(
            [share for share in self.traffic.paused(now) if share.provider]
        )

    def _turn(self, now: float) -> float:
        """When the turn of a slow provider is near; infinite if it is, or none is."""
        monotonic = self.clock.monotonic()
        waits = (
            self.traffic.own_wait(share, now, monotonic) - NEAR
            for share, _ in self.traffic.slowed(now, monotonic)
        )
        return now + min((wait for wait in waits if wait > 0), default=math.inf)

    def _closed_until(self, now: float) -> float:
        """When anything may go at all: hours, and pauses of whole routes."""
        used = [queue.share for queue in self.hand.queues.values()]
        routes = self.board.fronts(used)
        return min(self.traffic.open_at(share, now) for share in routes)

    def _limits(self, now: float) -> dict[str, int]:
        """How many rows some providers may have in hand."""
        monotonic = self.clock.monotonic()
        limits = {share.provider: 0 for share in self._paused(now)}
        for share, rate in self.traffic.slowed(now, monotonic):
            if share.provider not in limits:
                near = self.traffic.own_wait(share, now, monotonic) <= NEAR
                ahead = min(2 * self.lanes, math.floor(2 * rate))
                limits[share.provider] = math.ceil(rate) + ahead if near else 0
        return limits


def unpacked(row: Row) -> Recipient:
    """Whom a claimed row is for. Raises `LedgerError` where it cannot be read."""
    try:
        return unpack(row.payload)
    except ValueError as error:
        reason = f"row {row.id} of the ledger cannot be read: {error}"
    raise LedgerError(reason)
