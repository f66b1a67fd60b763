"""What others want and do: people's orders, the lease, what other processes learned."""

from __future__ import annotations

import attrs

from safesend.clock import Clock
from safesend.engine.bookkeeper import Offstage
from safesend.engine.events import Held, Listener
from safesend.engine.lanes import Crew, Ending
from safesend.engine.supply import Supply
from safesend.engine.traffic import Traffic
from safesend.ledger.base import Control, Ledger

__all__ = ["POLL", "Lookout"]

POLL = 0.5
"""Seconds between two looks at what people ordered."""

_BEAT = 15.0

_OVERLAP = 2.0
"""Seconds: what another process wrote just before the last look is looked at again."""


@attrs.define
class Lookout:
    """Looks at the ledger for one run, each thing at its own interval."""

    ledger: Ledger
    campaign: int
    traffic: Traffic
    ending: Ending
    clock: Clock
    tell: Listener
    offstage: Offstage
    _polled: float = float("-inf")
    _beaten: float = attrs.field(init=False)
    _heard: float = 0.0

    def __attrs_post_init__(self) -> None:
        self._beaten = self.clock.monotonic()

    def soon(self) -> None:
        """Look at everything the next time."""
        self._polled = float("-inf")

    async def look(self, crew: Crew, supply: Supply) -> None:
        """Look at what is due to be looked at."""
        now, date = self.clock.monotonic(), self.clock.now()
        if now - self._polled >= POLL:
            self._polled = now
            await self._obey()
            crew.put_back(date)
            # In this order: no word of another's is lost under one's own.
            await self.listen(date)
            await self.report(date)
        if now - self._beaten >= _BEAT:
            self._beaten = now
            run = supply.run
            await self.offstage(lambda: self.ledger.beat(run, date))
            await supply.recover(date)

    async def _obey(self) -> None:
        asked = await self.offstage(lambda: self.ledger.control(self.campaign))
        if asked is not Control.RUN:
            word = {Control.PAUSE: "paused", Control.CANCEL: "cancelled"}[asked]
            self.ending.ask(word)

    async def report(self, now: float) -> None:
        """Keep what was learned of routes, for other processes and other days."""
        if news := self.traffic.news(now):
            await self.offstage(lambda: self.ledger.note_flows(news))

    async def listen(self, now: float) -> None:
        """Take over what others learned."""
        since, self._heard = self._heard, now - _OVERLAP
        for flow in await self.offstage(lambda: self.ledger.flows(since)):
            if self.traffic.learned(flow, now):
                self.tell(
                    Held(flow.route, flow.provider, flow.paused_until, flow.reason)
                )
