"""What others want and do: people's orders, the lease, what other processes learned."""

from __future__ import annotations

import math

import attrs

from safesend.clock import Clock
from safesend.engine.bookkeeper import Offstage
from safesend.engine.ending import Ending
from safesend.engine.events import Held, Listener
from safesend.engine.lanes import Crew
from safesend.engine.lease import Lease
from safesend.engine.orders import stopping
from safesend.engine.supply import Supply
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import Traffic
from safesend.ledger.base import Control, Ledger
from safesend.ledger.history import Switch
from safesend.ledger.orders import Ordered

__all__ = ["POLL", "Lookout"]

POLL = 0.5
"""Seconds between two looks at what people ordered."""

_BEAT = 0.25
"""Of a lease: so often is it renewed."""

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
    letter: bytes
    """The fingerprint of what this run sends."""
    board: Switchboard
    lease: Lease = attrs.field(factory=Lease)
    ordered: Ordered = attrs.field(factory=Ordered)
    """What people ordered, when it was last looked at."""
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
        if now - self._polled >= POLL or self.traffic.urgent:
            self._polled = now
            await self._obey(crew, supply, date)
            await self._keep_to_the_letter()
            crew.tray.put_back(date)
            # In this order: no word of another's is lost under one's own.
            await self.listen(date)
            await self.report(date)
            if await crew.board.seek():
                crew.dismiss()
                crew.turn.set()
        if now - self._beaten >= self.ledger.lease * _BEAT:
            self._beaten = now
            run = supply.run
            await self.offstage(lambda: self.ledger.beat(run, date))
            over = now >= self.lease.until
            self.lease.renewed(now)
            if over:
                crew.dismiss()
            await supply.recover(date)

    async def _obey(self, crew: Crew, supply: Supply, date: float) -> None:
        asked = await self.offstage(lambda: self.ledger.orders.ordered(self.campaign))
        # With a deadline there is time for somebody to let it go on.
        waits = asked.control is Control.PAUSE and self.traffic.deadline < math.inf
        if not waits and (reason := stopping(asked, date)) is not None:
            self.ending.ask(reason)
        if asked == self.ordered:
            return
        self.ordered = asked
        self.traffic.halt(halted=asked.control is not Control.RUN)
        crew.tray.give_back(asked.held)
        if self.traffic.halted:
            crew.dismiss()
        supply.forget()

    async def _keep_to_the_letter(self) -> None:
        """Who changed it, from elsewhere, wants this one to go to nobody any more."""
        known = await self.offstage(self.ledger.campaigns)
        [record] = [one for one in known if one.id == self.campaign]
        if record.fingerprint != self.letter:
            self.ending.ask("the letter was changed meanwhile")

    async def awaits_order(self, due: float | None) -> bool:
        """Whether rows wait that a person holds, with time to let them go.

        `due` is when the next of the others may be claimed.
        """
        if self.traffic.deadline == math.inf:
            return False
        if self.traffic.halted and due is not None:
            return True
        if not self.ordered.holds:
            return False
        campaign, orders = self.campaign, self.ledger.orders
        held_back, ordered = await self.offstage(
            lambda: (orders.held_back(campaign), orders.ordered(campaign))
        )
        # What was lifted just now is soon heard.
        return bool(held_back) or ordered != self.ordered

    async def report(self, now: float) -> None:
        """Keep what was learned of routes, for other processes and other days."""
        if news := self.traffic.news(now):
            await self.offstage(lambda: self.ledger.note_flows(news))
        await self.board.note(self._note)

    async def _note(self, switches: list[Switch]) -> None:
        history, campaign = self.ledger.history, self.campaign
        await self.offstage(lambda: history.note_switches(campaign, switches))

    async def listen(self, now: float) -> None:
        """Take over what others learned."""
        since, self._heard = self._heard, now - _OVERLAP
        for flow in await self.offstage(lambda: self.ledger.flows(since)):
            if self.traffic.learned(flow, now):
                self.tell(
                    Held(flow.route, flow.provider, flow.paused_until, flow.reason)
                )
