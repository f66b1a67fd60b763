"""Which way each message takes, where a carrier has several, and which of them rest.

What a reply means is judged once, by the table of replies: a switchboard hears of the
verdict, and of sessions that could not be had. A way that is out of order is a paused
share: so the ledger knows of it, other processes hear of it, and what waits in hand
for it goes back and is asked for its way anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import attrs

from safesend.clock import Clock
from safesend.delivery import Deferred, InDoubt, Outcome
from safesend.engine.events import Listener, Switched
from safesend.engine.hand import Item
from safesend.engine.probes import Probes
from safesend.engine.share import Share
from safesend.engine.traffic import Traffic
from safesend.errors import TransportError
from safesend.ledger.history import Switch
from safesend.policies.breaker import Breaker, Circuit
from safesend.policies.replies import Scope, Verdict
from safesend.transports.base import Switching, Transport

__all__ = ["Switchboard"]

_OF_ONE = frozenset({Scope.RECIPIENT, Scope.MESSAGE})


@attrs.define
class Switchboard:
    """The ways of one run. With a carrier that has but one there is nothing to do."""

    transport: Transport
    traffic: Traffic
    clock: Clock
    tell: Listener
    several: Switching | None = attrs.field(init=False)
    """The carrier, if it is one of several."""
    took: Counter[str] = attrs.field(factory=Counter)
    """How many messages each carrier took."""
    switches: list[Switched] = attrs.field(factory=list)
    probes: Probes | None = None
    """Who of several workers may try a way again; None: there are no others."""
    alert: bool = False
    """Whether anything ever went wrong: asked for each message."""
    _noted: int = 0
    """How many of them the ledger has."""
    _breakers: dict[Share, Breaker] = attrs.field(factory=dict)
    _kept: dict[int, str] = attrs.field(factory=dict)
    """Which carrier put a row off: greylisting wants the same one again."""
    _pinned: dict[int, str] = attrs.field(factory=dict)
    """Which carrier may have a row: no other gets it."""

    def __attrs_post_init__(self) -> None:
        one = self.transport
        self.several = one if isinstance(one, Switching) else None

    def out(self, label: str, why: str) -> None:
        """A carrier is out of order, by what it said when it was asked.

        Raises `TransportError` where none is in order.
        """
        self.traffic.routes.add(label)
        share = self.traffic.share(label)
        self._rests(share, lambda breaker, now, why: breaker.stopped(now, why))(why)
        if (over := self.over()) is not None:
            raise over

    def rests(self, share: Share, *, again: bool = False) -> None:
        """A way rests for a while for what its carrier allows: it was paused.

        `again`: it rests on, and who took over is known.
        """
        if self.several is None:
            return
        now = self.clock.now()
        if again:
            self._breaker(share).paused(now, share.paused_until, share.reason)
        else:
            self._take_over(share, now)

    async def note(self, keep: Callable[[list[Switch]], Awaitable[None]]) -> None:
        """Have the switches kept that were not yet."""
        if news := self.switches[self._noted :]:
            told = [
                Switch(one.at, one.left, one.to, one.provider, one.reason)
                for one in news
            ]
            await keep(told)
            self._noted += len(news)

    def knows(self, row: int) -> bool:
        """Whether it is known who may have a row that is in doubt."""
        return self.several is None or row in self._pinned

    def is_pinned(self, row: int) -> bool:
        """Whether only one carrier may get it."""
        return row in self._pinned

    def route(self, item: Item, busy: Callable[[str], bool], now: float) -> str:
        """The way that a message takes; `busy` says whether a route has work.

        The first that is in order; or one whose rest is over and that has no probe.
        """
        if self.several is None:
            return self.transport.route(item.envelope)
        ways, provider = self.ways(item), item.row.provider
        if not self.alert and not self.traffic.routes_rest(now):
            return ways[0]
        behind: str | None = None
        for route in ways:
            circuit = self._circuit(route, provider, now)
            if circuit is Circuit.CLOSED:
                return route
            if circuit is Circuit.HALF_OPEN:
                if not busy(route):
                    return route
                behind = behind or route
        if behind is not None:
            return behind
        share = self.traffic.share
        return min(
            ways, key=lambda one: self.traffic.open_at(share(one, provider), now)
        )

    def ways(self, item: Item) -> Sequence[str]:
        """By which it may go, the best first."""
        if self.several is None:
            return (self.transport.route(item.envelope),)
        ways, carrier_of = self.several.ways(item.envelope), self.several.carrier_of
        if (pinned := self._pinned.get(item.row.id)) is not None:
            own = [one for one in ways if carrier_of(one) == pinned]
            # Who may have it is one of them; rather an end than another carrier.
            assert own
            return own
        if (kept := self._kept.get(item.row.id)) is not None:
            return sorted(ways, key=lambda one: carrier_of(one) != kept)
        return ways

    def probing(self, share: Share) -> bool:
        """Whether one message at a time may go there, as the probe."""
        if not self.alert or self.several is None:
            return False
        breaker = self._breakers.get(share)
        return breaker is not None and (
            breaker.circuit(self.clock.now()) is Circuit.HALF_OPEN
        )

    def barred(self, share: Share) -> bool:
        """Whether it is for another worker to try that way."""
        if not self.alert or self.probes is None:
            return False
        now, whole = self.clock.now(), self.traffic.share(share.route)
        return Circuit.OPEN in {self._stands(whole, now), self._stands(share, now)}

    async def seek(self) -> bool:
        """Ask to try the ways whose rest is over; whether there is one more."""
        if self.several is None or self.probes is None:
            return False
        now = self.clock.now()
        for share in self.traffic.paused(now):
            self._stands(share, now)
        rested = [
            share
            for share, breaker in self._breakers.items()
            if breaker.circuit(now) is Circuit.HALF_OPEN
            and share.paused_until
            and not share.is_paused(now)
        ]
        return await self.probes.look(rested)

    def elsewhere(self, item: Item, route: str) -> bool:
        """Whether another way is open to a message that this one does not take now."""
        if self.several is None:
            return False
        now, provider = self.clock.now(), item.row.provider
        return any(
            self._circuit(way, provider, now) is Circuit.CLOSED
            for way in self.ways(item)
            if way != route
        )

    def accepted(self, whole: Share, part: Share) -> bool:
        """A message was taken; whether that ends a rest."""
        if self.several is None:
            return False
        self.took[self.several.carrier_of(whole.route)] += 1
        return self.alert and self._served(whole, part)

    def came(self, item: Item, route: str, outcome: Outcome, verdict: Verdict) -> None:
        """Remember who put a row off, or may have it."""
        if self.several is None:
            return
        row, label = item.row.id, self.several.carrier_of(route)
        if isinstance(outcome, InDoubt):
            self._pinned.setdefault(row, label)
        elif isinstance(outcome, Deferred) and verdict.scope in _OF_ONE:
            self._kept[row] = label

    def judged(
        self,
        whole: Share,
        part: Share,
        verdict: Verdict,
        stop: str | None,
        said: str,
        *,
        served: bool,
    ) -> str | None:
        """What a verdict means for the way that it came by.

        `stop` is why it would end the run; gives why it does, if no other is in order.
        """
        now = self.clock.now()
        if stop:
            self._rests(whole, lambda breaker, now, why: breaker.stopped(now, why))(
                stop
            )
            over = self.over()
            return None if over is None else str(over)
        if part.is_paused(now):
            self._take_over(part, now)
        elif verdict.scope in _OF_ONE:
            self._served(whole, part)
        elif verdict.scope is Scope.CONNECTION and not served:
            self._rests(whole, lambda breaker, now, why: breaker.failed(now, why))(said)
        elif verdict.scope is None and (not served or self.probing(whole)):
            # In doubt: no sign of being in order. A server that hangs up after every
            # letter would have everybody in doubt, one by one.
            self._rests(whole, lambda breaker, now, why: breaker.failed(now, why))(said)
        return None

    def unconnected(
        self, share: Share, error: TransportError, stop: str | None, *, connected: bool
    ) -> None:
        """A session could not be had."""
        said, permanent = share.reason if stop else "", error.permanent or bool(stop)
        said = stop or said or str(error)
        if share.is_paused(self.clock.now()):
            self._take_over(share, self.clock.now())
            return
        self._rests(
            share,
            lambda breaker, now, why: breaker.failed(
                now, why, permanent=permanent, final=not connected
            ),
        )(said)

    def over(self) -> TransportError | None:
        """Why nothing goes by any way, where no waiting mends that."""
        if self.several is None:
            return None
        now, told = self.clock.now(), []
        for label in self.several.carriers:
            found = [
                self._breakers.get(self.traffic.share(route))
                for route in self.traffic.routes
                if self.several.carrier_of(route) == label
            ]
            down = [
                one
                for one in found
                if one is not None and one.final and one.circuit(now) is Circuit.OPEN
            ]
            if not down or len(down) < len(found):
                return None
            told.append(f"{label} ({down[0].reason})")
        return TransportError("none of the carriers is in order: " + "; ".join(told))

    def barring(self, paused: Sequence[Share]) -> list[Share]:
        """Of paused providers those that are so with every carrier.

        For each the part that opens first.
        """
        if self.several is None:
            return list(paused)
        carriers, carrier_of = self.several.carriers, self.several.carrier_of
        first: dict[str, Share] = {}
        shut: dict[str, set[str]] = {}
        for share in sorted(paused, key=lambda one: one.paused_until):
            first.setdefault(share.provider, share)
            shut.setdefault(share.provider, set()).add(carrier_of(share.route))
        return [one for name, one in first.items() if len(shut[name]) == len(carriers)]

    def fronts(self, used: Sequence[Share]) -> list[Share]:
        """The whole routes by which anything may go; `used` are those so far."""
        if self.several is None:
            return list(used) or [self.traffic.share(self.traffic.relay)]
        seen = {self.several.carrier_of(share.route) for share in used}
        fresh = [one for one in self.several.carriers if one not in seen]
        return [*used, *(self.traffic.share(label) for label in fresh)]

    def _circuit(self, route: str, provider: str, now: float) -> Circuit:
        whole = self._stands(self.traffic.share(route), now)
        part = self._stands(self.traffic.share(route, provider), now)
        for circuit in (Circuit.OPEN, Circuit.HALF_OPEN):
            if circuit in {whole, part}:
                return circuit
        return Circuit.CLOSED

    def _stands(self, share: Share, now: float) -> Circuit:
        if share.is_paused(now):
            if not share.provider and share not in self._breakers:
                # As the ledger tells it.
                self._breaker(share).paused(now, share.paused_until, share.reason)
            return Circuit.OPEN
        breaker = self._breakers.get(share)
        if breaker is None:
            return Circuit.CLOSED
        circuit = breaker.circuit(now)
        if circuit is Circuit.HALF_OPEN and self.probes is not None:
            if not share.paused_until:
                # Somebody else's probe was served.
                breaker.served(now)
                return Circuit.CLOSED
            if not self.probes.has(share):
                return Circuit.OPEN
        return circuit

    def _breaker(self, share: Share) -> Breaker:
        found = self._breakers.get(share)
        if found is None:
            found = self._breakers[share] = Breaker()
            self.alert = True
        return found

    def _served(self, whole: Share, part: Share) -> bool:
        now, ended = self.clock.now(), False
        for share in (whole, part):
            breaker = self._breakers.get(share)
            if breaker is not None and breaker.served(now):
                ended = True
                self.traffic.pause(share, 0.0, "", now)
                others, why = self._others(share), "it takes mail again"
                self._tell(others, share.route, share, why)
        return ended

    def _take_over(self, share: Share, now: float) -> None:
        """Its server asked for a rest, and has it already."""
        if self._breaker(share).paused(now, share.paused_until, share.reason):
            self._left(share, share.reason)

    def _rests(
        self, share: Share, trouble: Callable[[Breaker, float, str], bool]
    ) -> Callable[[str], None]:
        """What notes a trouble, and lets its way rest if it is enough."""

        def note(why: str) -> None:
            now, breaker = self.clock.now(), self._breaker(share)
            if trouble(breaker, now, why):
                self._left(share, why)
            if breaker.circuit(now) is Circuit.OPEN:
                self.traffic.pause(share, breaker.until, why, now)

        return note

    def _left(self, share: Share, why: str) -> None:
        self._tell(share.route, self._others(share), share, why)

    def _others(self, share: Share) -> str:
        """Who is in order besides."""
        assert self.several is not None
        now, own = self.clock.now(), self.several.carrier_of(share.route)
        return ", ".join(
            label
            for label in self.several.carriers
            if label != own
            and self._stands(self.traffic.share(label), now) is Circuit.CLOSED
        )

    def _tell(self, left: str, to: str, share: Share, why: str) -> None:
        event = Switched(left, to, share.provider, why, self.clock.now())
        self.switches.append(event)
        self.tell(event)
