"""What this process holds of a mailing between claim and record."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import attrs

from safesend.engine.traffic import Share
from safesend.ledger.base import Row, Shares
from safesend.message.envelope import Envelope

__all__ = ["ALL", "Hand", "Item", "Line", "Queue"]

ALL = 1 << 62
"""As many as there will ever be."""

_ALPHA = 2
"""A provider may hold so many times what is free (Choudhury and Hahne, 1998): one that
is slow never fills the hand, however long it takes."""


class Item(NamedTuple):
    """A claimed row with its message."""

    row: Row
    envelope: Envelope


@attrs.define(eq=False)
class Line:
    """What waits for one provider on one route."""

    share: Share
    begun: int = ALL
    """How many of the first ones may leave: those in a window that was opened."""
    items: deque[Item] = attrs.field(factory=deque)


@attrs.define(eq=False)
class Queue:
    """What waits for the sessions of one route, its providers in turn."""

    share: Share
    """All of the route."""
    lines: dict[str, Line] = attrs.field(factory=dict)
    turns: deque[Line] = attrs.field(factory=deque)
    """Those with something in them."""
    changed: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Something came in, or something that was in the way is gone."""
    ready: int = 0
    window: int = 0
    """How many rows it had the last time that may leave before the next are begun."""
    opened: float = 0.0
    """When that was (monotonic)."""
    left: int = ALL
    """How many of them go until it is time for the next."""
    dry: bool = False
    """Whether a session waits for rows that it might take, were they begun."""
    flows: bool = False
    """Whether a message of it was accepted: then one sees how fast they go."""
    lanes: int = 0
    on_line: int = 0
    """Messages that are with a session."""
    connected: bool = False
    """Whether a session was ever opened."""
    trouble: str = ""
    """Why no session could be had the last time; masked."""
    failing_since: float | None = None
    """Monotonic date of the first failure after the last sign of life."""

    @property
    def route(self) -> str:
        """Its name."""
        return self.share.route


@attrs.define
class Hand:
    """The queues of all routes, and what is with a session."""

    size: int
    """Rows that may be in it at a time, those with a session included."""
    queues: dict[str, Queue] = attrs.field(factory=dict)
    ready: int = 0
    in_flight: int = 0
    crowded: bool = False
    """Whether some provider has its part: then each row that goes makes room."""
    at_once: int = ALL
    """How many rows of a line may leave before a window is opened: all, or none."""

    @property
    def free(self) -> int:
        """How many rows still fit."""
        return self.size - self.ready - self.in_flight

    def put(self, queue: Queue, share: Share, item: Item) -> None:
        """Put an item in its provider's line."""
        line = queue.lines.get(share.provider)
        if line is None:
            line = queue.lines[share.provider] = Line(share, self.at_once)
        if not line.items:
            queue.turns.append(line)
        line.items.append(item)
        queue.ready += 1
        self.ready += 1

    def take(
        self, queue: Queue, admitted: Callable[[Share], bool]
    ) -> tuple[Item, Share] | None:
        """The next item that may go now, the providers in turn; None: nothing may."""
        turns = queue.turns
        for _ in range(len(turns)):
            line = turns[0]
            if not line.begun or not admitted(line.share):
                turns.rotate(-1)
                continue
            item = line.items.popleft()
            line.begun -= 1
            queue.left -= 1
            if not line.items:
                turns.popleft()
            elif len(turns) > 1:
                turns.rotate(-1)
            queue.ready -= 1
            self.ready -= 1
            self.in_flight += 1
            return item, line.share
        return None

    def open(self, queue: Queue, ids: Collection[int]) -> None:
        """These were begun, and may leave as far as they are still here."""
        for line in queue.turns:
            items = line.items
            while line.begun < len(items) and items[line.begun].row.id in ids:
                line.begun += 1
        queue.left = (sum(line.begun for line in queue.turns) + 1) // 2
        queue.changed.set()

    def withdraw(self, queue: Queue, provider: str | None = None) -> list[int]:
        """Take out what was not begun, of one provider or of all; gives the rows."""
        ids = [
            item.row.id
            for line in queue.turns
            if provider in {None, line.share.provider}
            for item in line.items
        ]
        for line in list(queue.turns):
            if provider in {None, line.share.provider}:
                line.items.clear()
                line.begun = self.at_once
                queue.turns.remove(line)
        queue.ready -= len(ids)
        self.ready -= len(ids)
        return ids

    def neglected(self) -> bool:
        """Whether a route has work and no lane."""
        return any(one.ready and not one.lanes for one in self.queues.values())

    def lines(self) -> Iterator[Line]:
        """Every line with something in it."""
        for queue in self.queues.values():
            yield from queue.turns

    def stalled(self) -> int:
        """How many rows are of providers that have their part of the hand."""
        most = _ALPHA * self.free
        held = (len(line.items) for line in self.lines())
        stalled = sum(number for number in held if number >= most)
        self.crowded = stalled > 0
        return stalled

    def shares(self, limits: dict[str, int]) -> Shares:
        """What a claim may give: `limits` for some providers, and no one too much."""
        most = _ALPHA * max(0, self.free)
        special = {name: min(most, limit) for name, limit in limits.items()}
        for line in self.lines():
            name, number = line.share.provider, len(line.items)
            special[name] = min(most, limits.get(name, most)) - number
        # A provider with a pace of its own loses what it does not get in time.
        first = tuple(name for name in limits if special[name] > 0)
        return Shares(most, special, first)

    def drain(self) -> list[int]:
        """The ids of all that was not begun; the queues are empty afterwards."""
        queues = self.queues.values()
        return [id_ for queue in queues for id_ in self.withdraw(queue)]
