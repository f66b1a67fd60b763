"""What the carrier allows this account: asked before a run, and when it is used up."""

from __future__ import annotations

import attrs

from safesend.clock import Clock
from safesend.engine.events import Held, Listener, Noted
from safesend.engine.traffic import Traffic
from safesend.errors import TransportError
from safesend.transports.base import Informed, Limits, Transport

__all__ = ["Allowance", "asked"]

_REST = 900.0
"""Seconds before a carrier that takes no more is asked again."""


async def asked(transport: Transport) -> Limits | None:
    """What it allows: what it says when asked goes before what it says by itself."""
    if isinstance(transport, Informed):
        return await transport.inform()
    return transport.limits()


@attrs.define
class Allowance:
    """Looks after the quota of one run. Dates are seconds since 1970."""

    transport: Transport
    traffic: Traffic
    clock: Clock
    tell: Listener
    _rests_until: float | None = None

    def told(self, limits: Limits | None, waiting: int) -> None:
        """Take over what was said, and tell a person what to know of it."""
        if limits is None:
            return
        for note in limits.notes:
            self.tell(Noted(self.transport.name, note))
        if limits.quota is None:
            return
        self.traffic.allow(limits.quota)
        if 0 < limits.quota < waiting:
            self.tell(
                Noted(
                    self.transport.name,
                    f"{waiting:,} wait, and no more than {limits.quota:,} are taken for"
                    " now; the rest keeps its turn",
                )
            )

    async def look(self, ready: int) -> bool:
        """See whether the quota is used up, and `ready` rows wait for it: then all
        rests. Whether that is new.
        """
        if self.traffic.left > 0 or not ready:
            return False
        now = self.clock.now()
        if self._rests_until is not None:
            if now < self._rests_until:
                return False
            self._rests_until = None
            if await self._has_more():
                return False
        self._rests_until = now + _REST
        self._rest(now)
        return True

    async def _has_more(self) -> bool:
        """Ask again; where no answer can be had there is no more, for now."""
        try:
            limits = await asked(self.transport)
        except TransportError:
            return False
        self.traffic.allow(None if limits is None else limits.quota)
        return self.traffic.left > 0

    def _rest(self, now: float) -> None:
        reason = (
            "the quota of messages that it takes is used up; it is asked again then,"
            " and the rest keeps its turn"
        )
        until = now + _REST
        for route in {self.transport.name, *self.traffic.routes}:
            self.traffic.pause(self.traffic.share(route), until, reason, now)
        self.tell(Held(self.transport.name, "", until, reason))
