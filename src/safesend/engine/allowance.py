"""What carriers allow this account: asked before a run, and when it is used up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import attrs

from safesend.clock import Clock
from safesend.engine.events import Held, Listener, Noted
from safesend.engine.quotas import asked
from safesend.engine.switchboard import Switchboard
from safesend.engine.traffic import Traffic, gives_way
from safesend.errors import TransportError
from safesend.transports.base import Informed, Limits, Transport

__all__ = ["Allowance"]

_REST = 900.0
"""Seconds before a carrier that takes no more is asked again."""

_PATIENCE = 30.0
"""Seconds for which the answer is waited for then: others may have mail meanwhile."""

_USED_UP = (
    "the quota of messages that it takes is used up; it is asked again then, and the"
    " rest keeps its turn"
)


@attrs.define
class Allowance:
    """Looks after quotas and rates of one run, those of each carrier by themselves.

    Dates are seconds since 1970.
    """

    transport: Transport
    traffic: Traffic
    clock: Clock
    tell: Listener
    board: Switchboard
    carriers: Mapping[str, Transport] = attrs.field(init=False)
    """By label; the only one by its name."""
    _rests: dict[str, float] = attrs.field(factory=dict)
    """Until when those rest that take nothing more; then they are asked."""
    _rates: dict[str, float] = attrs.field(factory=dict)
    """What each of several carriers allows, in messages a second."""

    def __attrs_post_init__(self) -> None:
        several, name = self.board.several, self.transport.name
        self.carriers = {name: self.transport} if several is None else several.carriers
        if several is not None:
            self.traffic.quotas.carrier_of = several.carrier_of

    async def inform(self, waiting: int) -> None:
        """Ask each of several carriers what it allows.

        One that cannot be asked is out of order, and asked again before anything goes
        there. Raises `TransportError` when none can.
        """
        if self.board.several is None:
            return
        for label, carrier in self.carriers.items():
            try:
                limits = await asked(carrier)
            except TransportError as error:
                self.traffic.use_up(label)
                self._out(label, error)
            else:
                self.told(label, limits, waiting)

    def told(self, label: str, limits: Limits | None, waiting: int) -> None:
        """Take over what a carrier said, and tell a person what to know of it."""
        if limits is None:
            return
        for note in limits.notes:
            self.tell(Noted(label, note))
        self._keep(label, limits)
        if limits.quota is None:
            return
        if not limits.quota and self.board.several is not None:
            self._rest(label, _USED_UP)
        elif 0 < limits.quota < waiting:
            self.tell(
                Noted(
                    label,
                    f"{waiting:,} wait, and no more than {limits.quota:,} are taken for"
                    " now; the rest keeps its turn",
                )
            )

    def can_ask(self, route: str) -> bool:
        """Whether the carrier of a route says when it takes more."""
        label = self.traffic.quotas.carrier_of(route)
        return isinstance(self.carriers[label], Informed)

    async def look(self, ready: int) -> bool:
        """See whose quota is used up, while `ready` rows wait for a way: it rests.

        Whether that is new.
        """
        found = [
            await self._looked_at(label, ready)
            for label in self.traffic.quotas.used_up()
        ]
        return any(found)

    async def _looked_at(self, label: str, ready: int) -> bool:
        until, now = self._rests.get(label), self.clock.now()
        if until is not None and now < until:
            # A route of it may be new since.
            return self._hold(label, until, _USED_UP)
        if not ready and not (until is None and self.traffic.quotas.refused(label)):
            return False
        why = _USED_UP
        if until is not None:
            try:
                if await self._has_more(label):
                    return False
            except TransportError as error:
                if self.board.several is not None:
                    if error.permanent:
                        self._out(label, error)
                        return True
                    why = str(error)
        self._rest(label, why)
        return True

    async def _has_more(self, label: str) -> bool:
        """Ask again. Raises `TransportError` where no answer can be had."""
        try:
            async with asyncio.timeout(_PATIENCE):
                limits = await asked(self.carriers[label])
        except TimeoutError:
            raise TransportError(f"{label}: no answer in {_PATIENCE:g} s") from None
        self._keep(label, limits or Limits())
        if label in self.traffic.quotas.used_up():
            return False
        self._rests.pop(label)
        return True

    def _keep(self, label: str, limits: Limits) -> None:
        self.traffic.allow(label, limits.quota)
        if self.board.several is None:
            return  # its rate is part of the throttle
        self._rates.pop(label, None)
        if limits.rate is not None and not gives_way(limits, self.traffic.throttle):
            self._rates[label] = limits.rate
            rates, carrier_of = self._rates, self.traffic.quotas.carrier_of
            self.traffic.limit_routes(lambda route: rates.get(carrier_of(route)))

    def _out(self, label: str, error: TransportError) -> None:
        """It cannot be asked: out of order. Raises `TransportError` if all are."""
        self.board.out(label, str(error))
        self._rests[label] = self.traffic.share(label).paused_until

    def _rest(self, label: str, why: str) -> None:
        until = self._rests[label] = self.clock.now() + _REST
        self._hold(label, until, why)
        self.tell(Held(label, "", until, why))

    def _hold(self, label: str, until: float, why: str) -> bool:
        """Pause its routes; whether one of them was open."""
        self.traffic.routes.add(label)
        now, carrier_of = self.clock.now(), self.traffic.quotas.carrier_of
        routes = [one for one in self.traffic.routes if carrier_of(one) == label]
        shares = [self.traffic.share(route) for route in routes]
        open_ = [one for one in shares if one.paused_until < until]
        for share in open_:
            self.traffic.pause(share, until, why, now)
            self.board.rests(share)
        return bool(open_)
