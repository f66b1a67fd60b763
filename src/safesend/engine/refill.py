"""Cells of limits that machines share: asked for while rows are in hand that need them.

They are asked for as late as that: a cell that nobody uses in time is lost, to all. So
only for rows in hand, and of providers with a limit of their own only for those that
may go soon by that one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.engine.bookkeeper import Offstage
from safesend.engine.hand import Hand, Queue
from safesend.engine.traffic import Traffic
from safesend.ledger.cells import Ask, Grant
from safesend.ledger.granted import GrantedArrivals
from safesend.policies.throttle import Pace

__all__ = ["Refill"]

_LOOK = 0.02
"""Seconds between two looks at what the rows in hand need."""


@attrs.define
class Refill:
    """Asks for cells, in the background of one run. `turn` is set when some came."""

    arrivals: GrantedArrivals
    traffic: Traffic
    hand: Hand
    clock: Clock
    offstage: Offstage
    turn: asyncio.Event

    async def keep(self) -> None:
        """Ask for what is needed, until cancelled. Raises `LedgerError`."""
        while True:
            now = self.clock.monotonic()
            asks = self.arrivals.asks(self.needs(self.clock.now(), now), now)
            if asks:
                await self._ask(asks)
            else:
                await SYSTEM.sleep(_LOOK)

    async def give_back(self) -> None:
        """Others may use what this run did not. Raises `LedgerError`."""
        if left := self.arrivals.left():
            await self.offstage(lambda: self.arrivals.issuer.refund(left))

    def needs(self, now: float, monotonic: float) -> Mapping[int, tuple[Pace, int]]:
        """How many rows wait for each throttle."""
        needs: dict[int, tuple[Pace, int]] = {}
        for queue in self.hand.queues.values():
            if queue.ready and self.traffic.open_at(queue.share, now) <= now:
                for slot, pace, rows in self._of(queue, now, monotonic):
                    _, others = needs.get(slot, (pace, 0))
                    needs[slot] = pace, rows + others
        return needs

    def _of(
        self, queue: Queue, now: float, monotonic: float
    ) -> Iterator[tuple[int, Pace, int]]:
        rows = queue.ready
        for line in queue.turns:
            if not line.share.own_paces:
                continue
            waiting = len(line.items)
            rows -= waiting
            if self.traffic.open_at(line.share, now) <= now:
                own = self.traffic.own_paces(line.share, now, monotonic)
                for slot, pace in own:
                    yield slot, pace, waiting
                near = (self.arrivals.near(slot, monotonic) for slot, _ in own)
                rows += min([waiting, *near])
        for slot, pace in self.traffic.paces(queue.share, now, monotonic):
            yield slot, pace, rows

    async def _ask(self, asks: list[Ask]) -> None:
        def asked() -> tuple[list[Grant], float, float]:
            # Here, and not before: there may be a queue in front of this thread.
            begin = self.clock.monotonic()
            grants = self.arrivals.issuer.grant(asks)
            return grants, begin, self.clock.monotonic()

        if self.arrivals.fed(*await self.offstage(asked)):
            for queue in self.hand.queues.values():
                queue.changed.set()
            self.turn.set()
