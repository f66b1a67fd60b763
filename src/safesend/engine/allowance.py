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
from safesend.redaction import mask_text
from safesend.transports.base import Informed, Limits, Transport

__all__ = ["Allowance", "heard"]

_REST = 900.0
"""Seconds before a carrier that takes no more is asked again."""

_PATIENCE = 30.0
"""Seconds for which an answer is waited for: half of what a run may say nothing."""

_SOON = 4.0
"""Seconds for which nothing goes there while it is being asked, one time after another.
Few, as a run does not wait for a date that is far."""

_USED_UP = (
    "the quota of messages that it takes is used up; it is asked again then, and the"
    " rest keeps its turn"
)


async def heard(carrier: Transport) -> Limits | None:
    """What a carrier allows. Raises `TransportError`, also where none comes in time."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asked(carrier)
    except TimeoutError:
        said = f"{carrier.name}: no answer in {_PATIENCE:g} s to what it allows"
        raise TransportError(said) from None


@attrs.frozen
class _Rest:
    until: float
    """When it is asked."""
    why: str


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
    turn: asyncio.Event
    """Set when an answer came: the run looks up."""
    carriers: Mapping[str, Transport] = attrs.field(init=False)
    """By label; the only one by its name."""
    _rests: dict[str, _Rest] = attrs.field(factory=dict)
    """Those that take nothing more."""
    _asking: dict[str, asyncio.Task[Limits | None]] = attrs.field(factory=dict)
    """Carriers that are being asked again. The run goes on meanwhile."""
    _rates: dict[str, float] = attrs.field(factory=dict)
    """What each of several carriers allows, in messages a second."""

    def __attrs_post_init__(self) -> None:
        several, name = self.board.several, self.transport.name
        self.carriers = {name: self.transport} if several is None else several.carriers
        if several is not None:
            self.traffic.quotas.carrier_of = several.carrier_of

    async def inform(self, waiting: int) -> None:
        """Ask all of several carriers at once what they allow.

        One that cannot be asked is out of order, and asked again before anything goes
        there. Raises `TransportError` when none can.
        """
        if self.board.several is None:
            return
        answers = await asyncio.gather(
            *map(heard, self.carriers.values()), return_exceptions=True
        )
        for label, said in zip(self.carriers, answers, strict=True):
            if isinstance(said, TransportError):
                self.traffic.use_up(label)
                self._out(label, said)
            elif isinstance(said, BaseException):
                raise said
            else:
                self.told(label, said, waiting)

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

    def look(self, ready: int) -> bool:
        """See whose quota is used up, while `ready` rows wait for a way: it rests.

        Whether that is new.
        """
        used_up = self.traffic.quotas.used_up()
        found = [self._looked_at(label, ready) for label in used_up]
        return any(found)

    async def end(self) -> None:
        """Wait for no answer any more."""
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        self._asking.clear()

    def _looked_at(self, label: str, ready: int) -> bool:
        if label in self._asking:
            return self._asks(label)
        if (rest := self._rests.get(label)) is None:
            if not ready and not self.traffic.quotas.refused(label):
                return False
            self._rest(label, _USED_UP)
            return True
        if self.clock.now() < rest.until:
            # A route of it may be new since.
            return self._hold(label, rest.until, rest.why)
        if not ready:
            return False
        self._asking[label] = asyncio.ensure_future(heard(self.carriers[label]))
        self._asking[label].add_done_callback(lambda _: self.turn.set())
        return self._asks(label)

    def _asks(self, label: str) -> bool:
        """Nothing goes there until it answers, which is soon."""
        if self._asking[label].done():
            return self._answered(label, self._asking.pop(label))
        now = self.clock.now()
        ends = self.traffic.share(label).paused_until < now + _SOON / 2
        return ends and self._hold(
            label, now + _SOON, self._rests[label].why, again=True
        )

    def _answered(self, label: str, asking: asyncio.Task[Limits | None]) -> bool:
        why = _USED_UP
        try:
            self._keep(label, asking.result() or Limits())
        except TransportError as error:
            if error.permanent and self.board.several is None:
                raise
            if error.permanent:
                self._out(label, error)
                return True
            why = mask_text(str(error))
        if label in self.traffic.quotas.used_up():
            self._rest(label, why)
        else:
            self._goes_on(label)
        return True

    def _goes_on(self, label: str) -> None:
        why = self._rests.pop(label).why
        now, carrier_of = self.clock.now(), self.traffic.quotas.carrier_of
        for route in self.traffic.routes | {label}:
            share = self.traffic.share(route)
            if carrier_of(route) == label and share.reason == why:
                self.traffic.pause(share, now, "", now)

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
        why = mask_text(str(error))
        self.board.out(label, why)
        self._rests[label] = _Rest(self.traffic.share(label).paused_until, why)

    def _rest(self, label: str, why: str) -> None:
        until = self.clock.now() + _REST
        self._rests[label] = _Rest(until, why)
        self._hold(label, until, why)
        self.tell(Held(label, "", until, why))

    def _hold(self, label: str, until: float, why: str, *, again: bool = False) -> bool:
        """Pause its routes, and let others take over; whether one of them was open."""
        self.traffic.routes.add(label)
        now, carrier_of = self.clock.now(), self.traffic.quotas.carrier_of
        routes = [one for one in self.traffic.routes if carrier_of(one) == label]
        shares = [self.traffic.share(route) for route in routes]
        open_ = [one for one in shares if one.paused_until < until]
        for share in open_:
            self.traffic.pause(share, until, why, now)
            self.board.rests(share, again=again)
        return bool(open_)
