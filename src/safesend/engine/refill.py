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
from safesend.engine.events import Listener, Noted, Unreached
from safesend.engine.hand import Hand, Queue
from safesend.engine.traffic import Traffic
from safesend.errors import LedgerError
from safesend.ledger.cells import Ask, Grant
from safesend.ledger.granted import GrantedArrivals, Need

__all__ = ["Refill"]

_LOOK = 0.02
"""Seconds between two looks at what the rows in hand need."""

_AWAY = 0.5
"""Seconds to the next try where nobody answered."""
_TOLD_AGAIN = 10.0


@attrs.define
class Refill:
    """Asks for cells, in the background of one run. `turn` is set when some came."""

    arrivals: GrantedArrivals
    traffic: Traffic
    hand: Hand
    clock: Clock
    offstage: Offstage
    turn: asyncio.Event
    tell: Listener
    _away: float | None = None
    """Since when nobody answers."""

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
        left, issuer = self.arrivals.left(), self.arrivals.issuer
        if not left:
            return
        try:
            await self.offstage(lambda: issuer.refund(left))
        except LedgerError:
            if not issuer.apart:
                raise
            # They are lost to others, as those of somebody who died.

    def needs(self, now: float, monotonic: float) -> Mapping[int, Need]:
        """How many rows wait for each throttle."""
        needs: dict[int, Need] = {}
        for queue in self.hand.queues.values():
            if queue.ready and self.traffic.open_at(queue.share, now) <= now:
                for slot, need in self._of(queue, now, monotonic):
                    known = needs.get(slot)
                    rows = need.rows + (known.rows if known else 0)
                    needs[slot] = attrs.evolve(need, rows=rows)
        return needs

    def _of(
        self, queue: Queue, now: float, monotonic: float
    ) -> Iterator[tuple[int, Need]]:
        whole = self.traffic.paces(queue.share, now, monotonic)
        beside = max((pace.step for _, pace in whole), default=0.0)
        rows = queue.ready
        for line in queue.turns:
            if not line.share.own_paces:
                continue
            waiting = len(line.items)
            rows -= waiting
            if self.traffic.open_at(line.share, now) <= now:
                own = self.traffic.own_paces(line.share, now, monotonic)
                for slot, pace in own:
                    yield slot, Need(pace, waiting, beside)
                near = (self.arrivals.near(slot, monotonic) for slot, _ in own)
                rows += min([waiting, *near])
        for slot, pace in whole:
            yield slot, Need(pace, rows)

    async def _ask(self, asks: list[Ask]) -> None:
        try:
            await self._asked(asks)
        except LedgerError as error:
            if not self.arrivals.issuer.apart:
                raise
            self._tell_away(str(error))
            await SYSTEM.sleep(_AWAY)
        else:
            self._tell_back()

    def _tell_away(self, why: str) -> None:
        now = self.clock.monotonic()
        if self._away is None or now - self._away >= _TOLD_AGAIN:
            self._away = now
            self.tell(Unreached("limits", why))

    def _tell_back(self) -> None:
        if self._away is not None:
            self._away = None
            self.tell(Noted("limits", "those who keep them answer again"))

    async def _asked(self, asks: list[Ask]) -> None:
        def asked() -> tuple[list[Grant], float, float]:
            # Here, and not before: there may be a queue in front of this thread.
            begin = self.clock.monotonic()
            grants = self.arrivals.issuer.grant(asks)
            return grants, begin, self.clock.monotonic()

        if self.arrivals.fed(*await self.offstage(asked)):
            for queue in self.hand.queues.values():
                queue.changed.set()
            self.turn.set()
