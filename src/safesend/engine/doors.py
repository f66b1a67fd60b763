"""Sessions as lanes get them: opened when they may be, closed with what they hold."""

from __future__ import annotations

import asyncio

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.engine import journal
from safesend.engine.bookkeeper import Bookkeeper
from safesend.engine.ending import Ending
from safesend.engine.hand import Queue
from safesend.engine.intray import IDLE
from safesend.engine.seating import Seat, Seating
from safesend.engine.waiting import any_of
from safesend.transports.base import Session, Transport

__all__ = ["Door", "Doors"]

_IDLE = 1.0
"""Seconds that an idle lane keeps a session which others may wait for."""


@attrs.define(eq=False)
class Door:
    """A session, and the seat that it takes up, if those are counted."""

    session: Session
    seat: Seat | None
    clock: Clock

    @property
    def lasts(self) -> bool:
        """Whether it takes another message."""
        return self.session.usable and self.may_go_on()

    def may_go_on(self) -> bool:
        """Whether its seat is ours still: asked before each message."""
        return self.seat is None or self.seat.lasts(self.clock.monotonic())


@attrs.define
class Doors:
    """The sessions of one run."""

    transport: Transport
    books: Bookkeeper
    ending: Ending
    clock: Clock
    seating: Seating | None = None
    """None: nobody counts them."""

    @property
    def patience(self) -> float:
        """Seconds that an idle lane keeps its session."""
        return IDLE if self.seating is None else _IDLE

    async def open(self, queue: Queue) -> Door | None:
        """A new session; None when the run ends first, which need not wait for it."""
        if self.seating is None:
            session = await self._connected(queue)
            return None if session is None else Door(session, None, self.clock)
        seat = await self.seating.wait(queue.route, lambda: queue.ready > 0)
        if seat is None:
            return None
        session = None
        try:
            session = await self._connected(queue)
        finally:
            if session is None:
                await self.seating.leave(seat)
        return None if session is None else Door(session, seat, self.clock)

    async def close(self, door: Door) -> None:
        """End a session; others may have its seat."""
        turn_over = not door.may_go_on()
        try:
            await door.session.close()
        finally:
            if self.seating is not None and door.seat is not None:
                await self.seating.leave(door.seat)
        if turn_over:
            # Others are to be faster, who ask now and then.
            await any_of(SYSTEM, _IDLE, self.ending.asked)

    async def _connected(self, queue: Queue) -> Session | None:
        connecting = asyncio.ensure_future(self.transport.connect(queue.route))
        asked = asyncio.ensure_future(self.ending.asked.wait())
        try:
            await asyncio.wait([connecting, asked], return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                session = connecting.result()
                security = getattr(session, "security", "")
                self.books.opened(queue.route, security)
                journal.opened(queue.route, security)
                return session
        finally:
            asked.cancel()
            connecting.cancel()
        await asyncio.wait([connecting])
        if not connecting.cancelled() and connecting.exception() is None:
            await connecting.result().close()
        return None
