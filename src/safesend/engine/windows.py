"""What may leave next is begun in the ledger before it leaves.

Where several machines work nobody can read the marks of a machine that is gone: of its
rows those are in doubt that it had begun. So few of them are begun at a time, about
what goes out in a quarter of a second, and the next while these are sent. Whatever a
limit holds in hand is not begun.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import attrs

from safesend.clock import Clock
from safesend.engine.bookkeeper import Offstage
from safesend.engine.hand import Hand, Line, Queue
from safesend.engine.lease import Lease
from safesend.engine.traffic import Traffic
from safesend.engine.waiting import any_of
from safesend.ledger.base import Ledger

__all__ = ["Windows"]

_AHEAD = 0.25
"""Seconds for which rows are begun ahead."""

_LOOK = 0.1
"""Seconds between two looks at rows that a limit may let go soon."""


@attrs.define
class Windows:
    """Begins the rows of one run, in the background. `low`: set when more are wanted.

    `served` gives the queues for which a session is open.
    """

    ledger: Ledger
    run: int
    hand: Hand
    traffic: Traffic
    lease: Lease
    clock: Clock
    offstage: Offstage
    served: Callable[[], Iterable[Queue]]
    low: asyncio.Event

    async def keep(self) -> None:
        """Begin what is wanted, until cancelled. Raises `LedgerError`, `RunLost`."""
        while True:
            self.low.clear()
            if not await self.open():
                limited = self.hand.ready and not self.traffic.free
                await any_of(self.clock, _LOOK if limited else None, self.low)

    async def open(self) -> bool:
        """Begin what may leave next, in one transaction; whether there was anything."""
        now, monotonic = self.clock.now(), self.clock.monotonic()
        found = [
            (queue, ids)
            for queue in self.served()
            if queue.ready and (ids := list(self._next(queue, now, monotonic)))
        ]
        if not found:
            return False
        every = [id_ for _, ids in found for id_ in ids]
        await self.offstage(lambda: self.ledger.begin(self.run, every))
        self.lease.renewed(monotonic)
        for queue, ids in found:
            self.hand.open(queue, set(ids))
        return True

    def _next(self, queue: Queue, now: float, monotonic: float) -> Iterator[int]:
        """The rows of a queue to begin now."""
        begun = sum(line.begun for line in queue.turns)
        least = 2 * max(1, queue.lanes)
        size = self._size(queue, least, monotonic)
        soon = self.traffic.soon(queue.share, _AHEAD, now, monotonic)
        most = min(size, soon)
        room = most - begun if begun * 2 <= most else 0
        dry, queue.dry = queue.dry, False
        queue.left = max(1, begun - most // 2)
        if dry:
            # What was begun waits for something else.
            room = max(room, min(least, soon))
        if room <= 0:
            return
        queue.window, queue.opened = size, monotonic
        lines = deque(
            (line, line.begun, self._most(line, now, monotonic, dry=dry))
            for line in sorted(queue.turns, key=lambda line: line.begun)
        )
        while room > 0 and lines:
            line, at, upto = lines.popleft()
            if at < upto:
                yield line.items[at].row.id
                room -= 1
                lines.append((line, at + 1, upto))

    def _size(self, queue: Queue, least: int, monotonic: float) -> int:
        """Rows that go out in about that time: half of them are gone by now.

        More where sessions had to wait for them: the ledger takes its time.
        """
        size, took = queue.window, monotonic - queue.opened
        if queue.flows and queue.dry:
            size *= 4
        elif queue.flows and queue.left <= 0 and took < _AHEAD / 4:
            size *= 2
        elif took > _AHEAD:
            size //= 2
        return max(least, min(size, self.hand.size))

    def _most(self, line: Line, now: float, monotonic: float, *, dry: bool) -> int:
        """How many rows of a line may be begun."""
        share = line.share
        if dry and share.busy >= share.window.limit:
            return 0
        soon = self.traffic.soon(share, _AHEAD, now, monotonic)
        return min(len(line.items), soon)
