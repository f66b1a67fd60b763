"""What this process holds of a mailing between claim and record."""

from __future__ import annotations

import asyncio
from collections import deque

import attrs

from safesend.ledger.base import Row
from safesend.message.envelope import Envelope

__all__ = ["Hand", "Item", "Queue"]


@attrs.frozen
class Item:
    """A claimed row with its message."""

    row: Row
    envelope: Envelope


@attrs.define
class Queue:
    """What waits for the sessions of one route, and how the route fares."""

    route: str
    items: deque[Item] = attrs.field(factory=deque)
    filled: asyncio.Event = attrs.field(factory=asyncio.Event)
    lanes: int = 0
    connected: bool = False
    """Whether a session was ever opened."""
    failing_since: float | None = None
    """Monotonic date of the first failure after the last sign of life."""


@attrs.define
class Hand:
    """The queues of all routes, and what is with a session."""

    queues: dict[str, Queue] = attrs.field(factory=dict)
    ready: int = 0
    in_flight: int = 0

    def put(self, route: str, item: Item) -> Queue:
        """Queue an item for its route."""
        queue = self.queues.get(route)
        if queue is None:
            queue = self.queues[route] = Queue(route)
        queue.items.append(item)
        queue.filled.set()
        self.ready += 1
        return queue

    def take(self, queue: Queue) -> Item:
        """The next item of a queue goes to a session."""
        item = queue.items.popleft()
        self.ready -= 1
        self.in_flight += 1
        return item

    def neglected(self) -> bool:
        """Whether a route has work and no lane."""
        return any(one.items and not one.lanes for one in self.queues.values())

    def drain(self) -> list[int]:
        """The ids of all that was not begun; the queues are empty afterwards."""
        ids = [item.row.id for queue in self.queues.values() for item in queue.items]
        for queue in self.queues.values():
            queue.items.clear()
        self.ready = 0
        return ids
