"""What may go now, and where: limits, pauses and what was learned of routes (pure).

A share is a provider's part of a route; with the provider "" it is all of the route.
Its window says how many sessions it bears, its easing how fast it may go after it
complained, its pause until when nothing goes. What a person set holds above all that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import attrs

from safesend.engine.brakes import Brakes
from safesend.engine.events import Waiting
from safesend.engine.quotas import Quotas
from safesend.engine.share import Share
from safesend.ledger.flow import Arrivals, Flow
from safesend.policies.concurrency import Window
from safesend.policies.easing import Easing
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Pace, Throttle
from safesend.transports.base import Limits

__all__ = ["NEAR", "Share", "Traffic", "gives_way", "slower"]

NEAR = 2.0
"""Seconds before its turn at which a row of a slow provider is taken in hand."""

_MANY = 1 << 30
"""Messages, where there is no limit."""

_LOOK = 1.0
"""Seconds for which limits that change with time are kept."""


@attrs.define
class Traffic:
    """All shares of one run, and the limits that hold for them."""

    relay: str
    lanes: int
    throttle: Throttle | None
    hours: SendingHours | None
    arrivals: Arrivals
    deadline: float = math.inf
    """Nothing goes any more from then on."""
    shares: dict[tuple[str, str], Share] = attrs.field(factory=dict)
    began: dict[str, float] = attrs.field(factory=dict)
    """Since when mail goes through this relay, by provider ("": at all)."""
    routes: set[str] = attrs.field(factory=set)
    """Those that this run takes. The ledger knows of others, whose pauses do not count.
    """
    urgent: bool = False
    """Whether there is a pause, or an end of one, that others are to hear at once."""
    halted: bool = False
    """Whether a person paused everything."""
    quotas: Quotas = attrs.field(init=False)
    """How many messages carriers still take."""
    free: bool = attrs.field(init=False)
    """Whether nothing at all is limited, eased or paused: asked for each message."""
    brakes: Brakes = attrs.field(factory=Brakes)
    named: list[Share] = attrs.field(factory=list)
    """Shares of whole routes, and of providers that are no mere domains."""
    _own_rate: Callable[[str], float | None] | None = None
    """What the carrier of a route allows, where there are several carriers."""
    _bears: Callable[[str], int | None] | None = None
    """How many sessions a route bears, as far as its carrier knows."""
    _open_from: float = 0.0
    _open_until: float = 0.0
    _resting: dict[Share, None] = attrs.field(init=False, factory=dict)
    """Shares that may be paused, ..."""
    _slowed: dict[Share, None] = attrs.field(init=False, factory=dict)
    """... and those of providers that may have a rate of their own."""

    def __attrs_post_init__(self) -> None:
        self.quotas = Quotas(lambda _: self.relay)
        limited = self.throttle or self.hours or self.deadline < math.inf
        self.free = not limited
        for provider in self.throttle.per_provider if self.throttle else ():
            self._slowed[self.share(self.relay, provider)] = None

    def share(self, route: str, provider: str = "") -> Share:
        """The share of a provider, or of all, made when it is first asked for."""
        found = self.shares.get((route, provider))
        if found is None:
            found = Share(route, provider, self._window(route))
            self.shares[route, provider] = found
            if "." not in provider:
                self.named.append(found)
        return found

    def _window(self, route: str) -> Window:
        borne = None if self._bears is None else self._bears(route)
        return (
            Window(self.lanes) if borne is None else Window(min(self.lanes, borne), 1)
        )

    def learned(self, flow: Flow, now: float) -> bool:
        """Take over what an earlier run, or another process, found out.

        What this run noted itself comes back here as well. Gives whether it is a pause
        of this relay that nobody here knew of.
        """
        if flow.route == self.relay and flow.began is not None:
            self.began.setdefault(flow.provider, flow.began)
        share = self.share(flow.route, flow.provider)
        if flow.changed == share.noted:  # its own word, or heard before
            return False
        share.noted = flow.changed
        # A date to come is of a clock that was put back since, or is another's.
        until = flow.paused_until - max(0.0, flow.changed - now)
        news = bool(flow.reason) and until > max(now, share.paused_until)
        if not share.changed or until > share.paused_until:
            self._rest(share, until, flow.reason, now)
        if not share.changed:  # else it knows more than the ledger, and will tell
            self._adopt(share, flow, now)
        return news and self._taken(flow.route)

    def _adopt(self, share: Share, flow: Flow, now: float) -> None:
        if flow.easing != share.easing.state():
            limit = self.limit(flow.provider, now)
            rate = None if limit is None else limit.rate
            share.easing = Easing.restored(flow.easing, now, rate)
            self._is_eased(share)
        if not share.tried and flow.window is not None:
            # To begin with only: a window knows more than its size.
            start = share.window.start
            share.window = Window(share.window.most, max(start, flow.window))

    def hold(self, share: Share, now: float) -> None:
        """A provider whose route is paused is paused as long."""
        whole = self.share(share.route)
        if whole.is_paused(now) and whole.paused_until > share.paused_until:
            self._rest(share, whole.paused_until, share.reason, now)

    def open_at(self, share: Share, now: float) -> float:
        """When mail of a share may go, as far as hours and pauses say."""
        if now >= self.deadline or self.halted:
            return math.inf
        at = now
        for one in (share, self.shares.get((share.route, ""))):
            if one is not None and one.is_paused(now):
                at = max(at, one.paused_until)
        return at if self.hours is None else self.hours.opens_at(at)

    def waiting(self, until: float | None, now: float) -> Waiting | None:
        """Why nobody gets anything before that date; None where it is past."""
        if until is None or until <= now:
            return None
        if any(share.paused_until == until for share in self.paused(now)):
            return "pause"
        if self.hours is not None and self.hours.opens_at(now) == until:
            return "hours"
        return "date"

    def is_open(self, share: Share, now: float) -> bool:
        """Whether hours and the share's own pause let it go now."""
        if now >= self.deadline or self.halted or share.is_paused(now):
            return False
        if self.hours is None or self._open_from <= now < self._open_until:
            return True
        self._open_from, self._open_until = now, self.hours.closes_at(now)
        return now < self._open_until

    def granted(self, share: Share, now: float, monotonic: float) -> bool:
        """Whether every limit lets one message go; then it counts as gone."""
        if not self.quotas.has(share.route):
            return False
        paces = self.paces(share, now, monotonic)
        if not paces:
            self.quotas.take(share.route)
            return True
        held = self.arrivals.take(paces, monotonic)
        if held is not None:
            self.brakes.wait(held, monotonic)
            return False
        self.quotas.take(share.route)
        self.brakes.go((slot for slot, _ in paces), monotonic)
        return True

    def wait(self, share: Share, now: float, monotonic: float) -> float:
        """Seconds until the limits let the next message of a share go.

        There is one: from now on it waits for the limit that lets it go last.
        """
        seconds, slot = self._wait(self.paces(share, now, monotonic), monotonic)
        if seconds > 0 and slot is not None:
            self.brakes.wait(slot, monotonic)
        return seconds

    def own_wait(self, share: Share, now: float, monotonic: float) -> float:
        """The same, for the limits of its provider alone."""
        self.paces(share, now, monotonic)
        return self._wait(share.own_paces, monotonic)[0]

    def soon(self, share: Share, seconds: float, now: float, monotonic: float) -> int:
        """How many messages of a share the limits let go in so many seconds."""
        if self.free:
            return _MANY
        if not self.is_open(share, now):
            return 0
        paces = self.paces(share, now, monotonic)
        wait, _ = self._wait(paces, monotonic)
        if wait > seconds:
            return 0
        rate = min((pace.rate for _, pace in paces), default=math.inf)
        return 1 + math.floor(min(_MANY, rate * (seconds - max(0.0, wait))))

    def slowed(self, now: float, monotonic: float) -> Iterator[tuple[Share, float]]:
        """The shares of providers with a rate of their own, a second."""
        for share in self._slowed:
            self.paces(share, now, monotonic)
            if share.own_paces and self._taken(share.route):
                yield share, min(pace.rate for _, pace in share.own_paces)

    def _wait(
        self, paces: Sequence[tuple[int, Pace]], monotonic: float
    ) -> tuple[float, int | None]:
        return self.arrivals.wait(paces, monotonic) if paces else (0.0, None)

    def started(self, share: Share, now: float) -> None:
        """The first message through this relay: a warm-up counts from here."""
        if share.tried:
            return
        share.tried = self.share(share.route).tried = True
        for provider in ("", share.provider):
            if provider not in self.began:
                self.began[provider] = now
                if self._is_named(provider):
                    self.share(self.relay, provider).changed = True

    def _is_named(self, provider: str) -> bool:
        """Whether it may ever have a limit: no domain of a long list is kept for it."""
        limits = self.throttle.per_provider if self.throttle else ()
        return "." not in provider or provider in limits

    def limit(self, provider: str, now: float) -> Pace | None:
        """What a person set for a provider ("": for everything)."""
        if self.throttle is None:
            return None
        age = now - self.began.get(provider, now)
        if provider:
            return self.throttle.provider_pace(provider, age)
        return self.throttle.pace(age)

    def eased(self, share: Share) -> None:
        """Its easing changed: look at its limits anew."""
        share.changed = True
        self._is_eased(share)

    def _is_eased(self, share: Share) -> None:
        self.free = False
        if share.provider:
            self._slowed[share] = None
        for one in self.shares.values() if not share.provider else (share,):
            one.paces_until = float("-inf")

    def limit_routes(self, rate: Callable[[str], float | None]) -> None:
        """Each route has a rate of its own (a second), which its carrier allows."""
        self._own_rate, self.free = rate, False

    def routes_rest(self, now: float) -> bool:
        """Whether any share is paused, also where this run has sent nothing so far."""
        return any(share.is_paused(now) for share in self._resting)

    def halt(self, *, halted: bool) -> None:
        """Let nothing go at all, or let it go again."""
        self.halted = halted
        self.free = self.free and not halted

    def allow(self, carrier: str, quota: int | None) -> None:
        """So many messages more a carrier takes; None: as many as there are."""
        self.quotas.allow(carrier, quota)
        self.free = self.free and quota is None

    def use_up(self, carrier: str) -> None:
        """A carrier takes nothing more until it is asked again."""
        self.quotas.use_up(carrier)
        self.free = False

    def pause(self, share: Share, until: float, reason: str, now: float) -> None:
        """Let nothing of a share go until that date."""
        share.changed = self.urgent = True
        self._rest(share, until, reason, now)

    def _rest(self, share: Share, until: float, reason: str, now: float) -> None:
        share.paused_until, share.paused_at, share.reason = until, now, reason
        if until > now:
            self.free = False
            self._resting[share] = None

    def paused(self, now: float) -> list[Share]:
        """The shares that are paused now."""
        for share in [one for one in self._resting if not one.is_paused(now)]:
            del self._resting[share]
        return [share for share in self._resting if self._taken(share.route)]

    def _taken(self, route: str) -> bool:
        return route == self.relay or route in self.routes

    def news(self, now: float) -> list[Flow]:
        """What the ledger has not heard yet."""
        self.urgent = False
        told = [share for share in self.shares.values() if share.changed]
        for share in told:
            share.changed, share.noted = False, now
        return [share.flow(self._began(share), now) for share in told]

    def _began(self, share: Share) -> float | None:
        return self.began.get(share.provider) if share.route == self.relay else None

    def paces(
        self, share: Share, now: float, monotonic: float
    ) -> tuple[tuple[int, Pace], ...]:
        """What holds for the messages of a share, by the slots of the arrivals."""
        if monotonic >= share.paces_until:
            whole = self._found_paces(self.share(share.route), now)
            own = self._found_paces(share, now) if share.provider else ()
            share.own_paces = tuple(own)
            share.paces = (*whole, *share.own_paces)
            share.paces_until = monotonic + _LOOK
        return share.paces

    def own_paces(
        self, share: Share, now: float, monotonic: float
    ) -> tuple[tuple[int, Pace], ...]:
        """The part of it that holds for its provider alone."""
        self.paces(share, now, monotonic)
        return share.own_paces

    def _found_paces(self, share: Share, now: float) -> Iterator[tuple[int, Pace]]:
        pace = self.limit(share.provider, now)
        if pace is not None:
            slot = self.arrivals.slot(f"{self.relay} {share.provider}")
            self.brakes.holds(slot, pace.rate, share.route, share.provider, eased=False)
            yield slot, pace
        own = self._own_rate(share.route) if self._own_rate else None
        if own is not None and not share.provider:
            slot = self.arrivals.slot(f"allowed {share.route}")
            self.brakes.holds(slot, own, share.route, "", eased=False)
            yield slot, Pace(own)
        rate = share.easing.rate(now)
        if rate is not None:
            slot = self.arrivals.slot(f"eased {share.route} {share.provider}")
            self.brakes.holds(slot, rate, share.route, share.provider, eased=True)
            yield slot, Pace(rate)


def gives_way(limits: Limits, throttle: Throttle | None) -> bool:
    """A rate that is only assumed gives way to one that a person set."""
    return limits.assumed and throttle is not None and throttle.pace(0.0) is not None


def slower(throttle: Throttle | None, limits: Limits | None) -> Throttle | None:
    """What a person asked for, unless the carrier allows less."""
    if limits is None or limits.rate is None:
        return throttle
    if gives_way(limits, throttle):
        return throttle
    if throttle is None:
        # In full: a small rate must not be rounded up.
        return Throttle(f"{Decimal(limits.rate):f}/s")
    return throttle.at_most(limits.rate)
