"""Claimed rows on their way into the queues of routes, and back out into the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import attrs

from safesend.clock import Clock
from safesend.engine.bookkeeper import Bookkeeper
from safesend.engine.hand import Hand, Item, Queue
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import NEAR, Share, Traffic
from safesend.engine.verdicts import waits

__all__ = ["IDLE", "Intray"]

IDLE = 20.0
"""Seconds that an idle lane keeps its session, and a row its place in hand."""


@attrs.define
class Intray:
    """Puts what was claimed into queues, and gives back what cannot go for a while."""

    hand: Hand
    books: Bookkeeper
    traffic: Traffic
    board: Switchboard
    clock: Clock
    turn: asyncio.Event
    """Set whenever the run should look up again."""

    def queue(self, route: str) -> Queue:
        """The queue of a route."""
        found = self.hand.queues.get(route)
        if found is None:
            found = self.hand.queues[route] = Queue(self.traffic.share(route))
            self.traffic.routes.add(route)
        return found

    def take_in(self, item: Item, now: float) -> None:
        """Queue an item for its route, or let its row wait where that is closed."""
        queue = self.queue(self.board.route(item, self._busy, now))
        share = self.traffic.share(queue.route, item.row.provider)
        self.traffic.started(share, now)
        free = self.traffic.free
        if not free and self.traffic.open_at(share, now) > now + IDLE:
            self._shut_out(item, share, now)
        else:
            self.hand.put(queue, share, item)
            queue.changed.set()

    def put_back(self, now: float) -> None:
        """What cannot go for a while waits in the ledger, not here."""
        monotonic = self.clock.monotonic()
        for queue in self.hand.queues.values():
            for line in list(queue.turns):
                closed = self.traffic.open_at(line.share, now) - now
                slow = self.traffic.own_wait(line.share, now, monotonic)
                if closed > IDLE or slow > NEAR:
                    provider = line.share.provider
                    self.books.unbegun += self.hand.withdraw(queue, provider)

    def give_back(self, providers: Iterable[str]) -> None:
        """What waits in hand for these goes back into the ledger."""
        for provider in providers:
            for queue in self.hand.queues.values():
                self.books.unbegun += self.hand.withdraw(queue, provider)

    def withdraw(self, queue: Queue, share: Share) -> None:
        """What waits in hand for a paused share goes back into the ledger."""
        if share.is_paused(self.clock.now()):
            provider = share.provider or None
            self.books.unbegun += self.hand.withdraw(queue, provider)
            self.turn.set()

    def _busy(self, route: str) -> bool:
        queue = self.hand.queues.get(route)
        return queue is not None and (queue.ready > 0 or queue.on_line > 0)

    def _shut_out(self, item: Item, share: Share, now: float) -> None:
        """No way is open to it for a while: its row waits in the ledger."""
        row, whole = item.row, self.traffic.share(share.route)
        until = max(share.paused_until, whole.paused_until)
        if self.board.is_pinned(row.id) and until > now:
            # Its provider is not held: others may go by other ways.
            reason = share.reason or whole.reason
            self.books.add(waits(row, until, reason), row.provider)
            return
        self.books.unbegun.append(row.id)
        for route in self.board.ways(item):
            self.traffic.hold(self.traffic.share(route, row.provider), now)
