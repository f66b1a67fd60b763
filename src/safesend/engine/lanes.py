"""Lanes: each is one session at a time, fed from the queue of its route."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Iterator

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.delivery import InDoubt, NotSent, Outcome, Stage
from safesend.engine.bookkeeper import Bookkeeper
from safesend.engine.hand import Hand, Item, Queue
from safesend.engine.waiting import any_of
from safesend.errors import TransportError
from safesend.message.envelope import Envelope
from safesend.policies.retry import reconnect_wait
from safesend.policies.throttle import Meter
from safesend.transports.base import Session, Transport

__all__ = ["Crew", "Ending"]

_IDLE = 20.0
"""Seconds that an idle lane keeps its session."""

_FIRST_CONTACT = 10.0
_LOST_CONTACT = 60.0
"""Seconds of failing to connect after which a run ends: before, and after a success."""


@attrs.define
class Ending:
    """Why and whether the lanes are to stop taking rows. What is in flight finishes."""

    asked: asyncio.Event = attrs.field(factory=asyncio.Event)
    reason: str | None = None
    error: BaseException | None = None

    def ask(self, reason: str | None, error: BaseException | None = None) -> None:
        """Stop; the first reason stays, and the first error is raised in the end."""
        self.reason = self.reason or reason
        self.error = self.error or error
        self.asked.set()

    @property
    def began(self) -> bool:
        """Whether somebody asked."""
        return self.asked.is_set()


@attrs.define
class Crew:
    """The lanes of one run. `turn` is set whenever the run should look up again."""

    transport: Transport
    limit: int
    hand: Hand
    books: Bookkeeper
    clock: Clock
    meter: Meter | None
    ending: Ending
    low_water: int
    turn: asyncio.Event = attrs.field(factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = attrs.field(factory=set)

    def man(self, queue: Queue) -> None:
        """Open as many lanes for a queue as it has work for, within the limit."""
        wanted = min(len(queue.items), self.limit)
        while queue.lanes < wanted and len(self.tasks) < self.limit:
            queue.lanes += 1
            task = asyncio.create_task(self._lane(queue))
            self.tasks.add(task)
            task.add_done_callback(self._ended)
        if wanted and not queue.lanes:
            # Lanes that idle at another route give up their place.
            for other in self.hand.queues.values():
                other.filled.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self.turn.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.ending.ask(None, error)
        if not self.ending.began:
            # Its place is free: first for a route that has none.
            for queue in sorted(self.hand.queues.values(), key=lambda one: one.lanes):
                self.man(queue)

    async def _lane(self, queue: Queue) -> None:
        session: Session | None = None
        failures = 0
        try:
            while await self._work(queue):
                try:
                    session = session or await self._connected(queue)
                    if session is None:
                        return
                    queue.connected = True
                    failed = await self._carry(session, queue)
                except TransportError as error:
                    failed = error
                if session is not None and not session.usable:
                    await session.close()
                    session = None
                failures = failures + 1 if failed else 0
                if failed:
                    await self._failed(queue, failed, failures)
        finally:
            queue.lanes -= 1
            if session is not None:
                await session.close()

    async def _connected(self, queue: Queue) -> Session | None:
        """A new session; None when the run ends first, which need not wait for it."""
        connecting = asyncio.ensure_future(self.transport.connect(queue.route))
        asked = asyncio.ensure_future(self.ending.asked.wait())
        try:
            await asyncio.wait([connecting, asked], return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                return connecting.result()
        finally:
            asked.cancel()
            connecting.cancel()
        await asyncio.wait([connecting])
        if not connecting.cancelled() and connecting.exception() is None:
            await connecting.result().close()
        return None

    async def _work(self, queue: Queue) -> bool:
        """Wait until there is something that may go now; False when the lane ends."""
        while not self.ending.began:
            if not queue.items:
                if self.hand.neglected():
                    return False
                queue.filled.clear()
                await any_of(SYSTEM, _IDLE, queue.filled, self.ending.asked)
                if not queue.items:
                    return False
            elif (delay := self._delay()) > 0:
                await any_of(self.clock, delay, self.ending.asked)
            else:
                return True
        return False

    def _delay(self) -> float:
        if self.meter is None:
            return 0.0
        now = self.clock.monotonic()
        return self.meter.next_at(now) - now

    async def _carry(self, session: Session, queue: Queue) -> TransportError | None:
        """Feed a session until the queue ends; what is wrong with it, if anything."""
        taken: deque[Item] = deque()
        answers = judged = 0
        try:
            async for outcome in session.deliver(self._stream(queue, taken)):
                answers += 1
                judged += not isinstance(outcome, NotSent)
                self._settle(queue, taken.popleft(), outcome)
        finally:
            # A session that broke its promise: what it took may have left.
            while taken:
                lost = InDoubt(text="the carrier gave no answer")
                self._settle(queue, taken.popleft(), lost)
            self.turn.set()
        if answers and not judged:
            return TransportError(f"{outcome.text or 'the connection broke'}")
        return None

    def _settle(self, queue: Queue, item: Item, outcome: Outcome) -> None:
        self.hand.in_flight -= 1
        verdict = self.books.settle(item, outcome)
        if not isinstance(outcome, NotSent):
            queue.failing_since = None
        if verdict.stop:
            self.ending.ask(None, TransportError(verdict.stop, stage=Stage.MAIL))

    def _stream(self, queue: Queue, taken: deque[Item]) -> Iterator[Envelope]:
        while queue.items and not self.ending.began:
            if self.meter and not self.meter.grant(1, self.clock.monotonic()):
                return
            item = self.hand.take(queue)
            self.books.progress.take(item.row.id)
            taken.append(item)
            if self.hand.ready == self.low_water:
                self.turn.set()
            yield item.envelope

    async def _failed(self, queue: Queue, error: TransportError, failures: int) -> None:
        """Note that a session failed, and wait before the next try; or end the run."""
        now = self.clock.monotonic()
        since = queue.failing_since
        queue.failing_since = now if since is None else since
        patience = _LOST_CONTACT if queue.connected else _FIRST_CONTACT
        if error.permanent or not queue.connected:
            fatal: TransportError | None = error
        else:
            fatal = None
        if error.permanent or now - queue.failing_since >= patience:
            self.ending.ask(None if fatal else str(error), fatal)
            return
        wait = reconnect_wait(failures, random.random())  # noqa: S311 - no secret
        await any_of(self.clock, wait, self.ending.asked)
