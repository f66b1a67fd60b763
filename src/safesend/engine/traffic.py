"""What may go now, and where: limits, pauses and what was learned of routes (pure).

A share is a provider's part of a route; with the provider "" it is all of the route.
Its window says how many sessions it bears, its easing how fast it may go after it
complained, its pause until when nothing goes. What a person set holds above all that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs

from safesend.engine.events import Waiting
from safesend.ledger.flow import Arrivals, Flow
from safesend.policies.concurrency import Window
from safesend.policies.easing import Easing
from safesend.policies.sending_hours import SendingHours
from safesend.policies.throttle import Pace, Throttle, free_at, next_arrival

__all__ = ["Share", "Traffic"]

_LOOK = 1.0
"""Seconds for which limits that change with time are kept."""

_MEASURED = 10.0
"""Seconds over which the rate of accepted messages is taken."""

_SOON = 0.005
"""Seconds to the next try where another process held the arrival times."""


@attrs.define(eq=False)
class Share:
    """A provider's part of a route. Dates are seconds since 1970."""

    route: str
    provider: str
    window: Window
    easing: Easing = attrs.field(factory=Easing)
    busy: int = 0
    """Sessions with mail for it on the wire."""
    paused_until: float = 0.0
    reason: str = ""
    troubled: bool = False
    """Whether something went wrong since its last success."""
    told: str = ""
    told_times: int = 0
    """The rule that the last replies fell under, and how many of them in a row."""
    changed: bool = False
    """Whether the ledger is to hear of it."""
    _accepted: int = 0
    _since: float = 0.0
    _goodput: float = 0.0
    paces: tuple[tuple[int, Pace], ...] = ()
    paces_until: float = float("-inf")

    def accepted(self, busy: int, now: float) -> None:
        """A message was taken; `busy` sessions are at work."""
        self._accepted += 1
        self.told_times = 0
        if not self._since:
            self._since = now
        elif now - self._since > _MEASURED:
            self._measure(now)
        if self.troubled or self.window.limit < self.window.most:
            self.troubled = False
            self.window.succeeded(busy, now)

    def goodput(self, now: float) -> float:
        """Messages a second that were taken lately; 0.0 when there were none."""
        if self._since and (now - self._since >= 1 or not self._goodput):
            self._measure(now)
        return self._goodput

    def _measure(self, now: float) -> None:
        seconds = now - self._since
        # After a long silence the average would say nothing of the pace.
        self._goodput = self._accepted / min(max(1.0, seconds), 2 * _MEASURED)
        self._accepted, self._since = 0, now

    def flow(self, began: float | None, now: float) -> Flow:
        """What the ledger keeps of it."""
        return Flow(
            route=self.route,
            provider=self.provider,
            began=began,
            window=self.window.limit,
            easing=self.easing.state(),
            paused_until=self.paused_until,
            reason=self.reason,
            changed=now,
        )


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
    free: bool = attrs.field(init=False)
    """Whether nothing at all is limited, eased or paused: asked for each message."""
    _open_until: float = 0.0

    def __attrs_post_init__(self) -> None:
        limited = self.throttle or self.hours or self.deadline < math.inf
        self.free = not limited

    def share(self, route: str, provider: str = "") -> Share:
        """The share of a provider, or of all, made when it is first asked for."""
        found = self.shares.get((route, provider))
        if found is None:
            found = Share(route, provider, Window(self.lanes))
            self.shares[route, provider] = found
        return found

    def learned(self, flow: Flow, now: float) -> bool:
        """Take over what an earlier run, or another process, found out.

        What this run noted itself comes back here as well. Gives whether it is a pause
        of this relay that nobody here knew of.
        """
        if flow.route == self.relay and flow.began is not None:
            self.began.setdefault(flow.provider, flow.began)
        met = (flow.route, flow.provider) in self.shares
        share = self.share(flow.route, flow.provider)
        if not met and flow.window is not None:
            # To begin with only: a window knows more than its size.
            start = share.window.start
            share.window = Window(self.lanes, max(start, flow.window))
        news = bool(flow.reason) and flow.paused_until > max(now, share.paused_until)
        if not share.changed:
            if flow.easing != share.easing.state():
                share.easing = Easing.restored(flow.easing, now)
                share.paces_until = float("-inf")
            share.paused_until, share.reason = flow.paused_until, flow.reason
        elif flow.paused_until > share.paused_until:
            # What happened here meanwhile is newer; but the longer rest holds.
            share.paused_until, share.reason = flow.paused_until, flow.reason
        if flow.paused_until > now or flow.easing is not None:
            self.free = False
        return news and self._taken(flow.route)

    def hold(self, share: Share) -> None:
        """A provider whose route is paused is paused as long."""
        self.free = False
        whole = self.share(share.route)
        share.paused_until = max(share.paused_until, whole.paused_until)

    def open_at(self, share: Share, now: float) -> float:
        """When mail of a share may go, as far as hours and pauses say."""
        if now >= self.deadline:
            return math.inf
        whole = self.shares.get((share.route, ""))
        at = max(now, share.paused_until, whole.paused_until if whole else 0.0)
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
        if share.paused_until > now or now >= self.deadline:
            return False
        if self.hours is None or now < self._open_until:
            return True
        self._open_until = self.hours.closes_at(now)
        return now < self._open_until

    def granted(self, share: Share, now: float, monotonic: float) -> bool:
        """Whether every limit lets one message go; then it counts as gone."""
        paces = self._paces(share, now)
        if not paces:
            return True
        with self.arrivals.locked() as times:
            if times is None:
                return False
            arrivals: list[tuple[int, float]] = []
            for slot, pace in paces:
                arrival = next_arrival(times[slot], pace, monotonic)
                if arrival is None:
                    return False
                arrivals.append((slot, arrival))
            for slot, arrival in arrivals:
                times[slot] = arrival
        return True

    def wait(self, share: Share, now: float, monotonic: float) -> float:
        """Seconds until the limits let the next message of a share go."""
        paces = self._paces(share, now)
        if not paces:
            return 0.0
        with self.arrivals.locked() as times:
            if times is None:
                return _SOON
            return max(
                free_at(times[slot], pace, monotonic) - monotonic
                for slot, pace in paces
            )

    def started(self, share: Share, now: float) -> None:
        """The first message through this relay: a warm-up counts from here."""
        for provider in ("", share.provider):
            if provider not in self.began:
                self.began[provider] = now
                self.share(self.relay, provider).changed = True

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
        self.free, share.changed = False, True
        for one in self.shares.values():
            one.paces_until = float("-inf")

    def pause(self, share: Share, until: float, reason: str) -> None:
        """Let nothing of a share go until that date."""
        share.paused_until, share.reason, share.changed = until, reason, True
        self.free = False

    def paused(self, now: float) -> Iterator[Share]:
        """The shares that are paused now."""
        return (
            one
            for one in self.shares.values()
            if one.paused_until > now and self._taken(one.route)
        )

    def _taken(self, route: str) -> bool:
        return route == self.relay or route in self.routes

    def news(self, now: float) -> list[Flow]:
        """What the ledger has not heard yet."""
        told = [share for share in self.shares.values() if share.changed]
        for share in told:
            share.changed = False
        return [share.flow(self._began(share), now) for share in told]

    def _began(self, share: Share) -> float | None:
        return self.began.get(share.provider) if share.route == self.relay else None

    def _paces(self, share: Share, now: float) -> tuple[tuple[int, Pace], ...]:
        if now >= share.paces_until:
            share.paces = tuple(self._found_paces(share, now))
            share.paces_until = now + _LOOK
        return share.paces

    def _found_paces(self, share: Share, now: float) -> Iterator[tuple[int, Pace]]:
        for provider in ("", share.provider):
            pace = self.limit(provider, now)
            if pace is not None:
                yield self.arrivals.slot(f"{self.relay} {provider}"), pace
            whole = share if provider else self.share(share.route)
            rate = whole.easing.rate(now)
            if rate is not None:
                name = f"eased {share.route} {provider}"
                yield self.arrivals.slot(name), Pace(rate)
