"""What limits the pace of a run at this moment (pure).

The questions are asked in the order in which they exclude one another: whether
anything may go at all, whether anybody is reached, whether a limit on the rate holds
it up, and then what every message waits for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal, get_args

import attrs

__all__ = ["Brake", "Kind", "Limit", "Standing", "Stop", "bottleneck", "restored"]

Kind = Literal[
    "hours",
    "pause",
    "date",
    "reaching",
    "rate",
    "eased",
    "machine",
    "disk",
    "connections",
    "lanes",
    "answers",
]
"""What it is: see the manual, docs/how-to/watch-a-run.md."""

_MOSTLY = 0.5
"""The part of the time from which on something counts as what is waited for."""

_BINDING = 0.2
"""The same for a limit on the rate: what waits so much would go faster without it."""

_WHOLE = 0.85
"""The part of a processor that counts as all of it."""

_APART = 0.001
"""Seconds by which two dates that mean the same may differ."""


@attrs.frozen(kw_only=True)
class Limit:
    """What limits the pace. `provider` "" is everybody's; the reply comes masked.

    `until` is seconds since 1970, `rate` messages a second, `number` connections.
    """

    kind: Kind
    provider: str = ""
    until: float | None = None
    rate: float | None = None
    number: int | None = None
    reply: str = ""
    """What the server said that asked for it, or why it is not reached."""


_KINDS: tuple[str, ...] = get_args(Kind)
_NUMBERS = ("until", "rate", "number")
_FIELDS = ("kind", "provider", "reply", *_NUMBERS)


@attrs.frozen(kw_only=True)
class Brake:
    """A limit on the rate: whose ("": everybody's), and how much it holds up.

    `held` is the part of the last seconds for which the next message waited for it.
    `eased`: a server complained, in these words (`reply`); else a person set it.
    """

    provider: str = ""
    rate: float
    held: float
    eased: bool = False
    reply: str = ""


@attrs.frozen
class Stop:
    """Nothing goes to a provider ("": at all) until that date: a reply said so."""

    provider: str
    until: float
    reply: str


@attrs.frozen(kw_only=True)
class Standing:
    """How a run stands. Dates are seconds since 1970."""

    now: float
    ready: int = 0
    """Messages in hand that were not begun."""
    in_flight: int = 0
    free: bool = True
    """Whether, of those in hand, some are held up by no limit of their provider."""
    full: str | None = None
    """A provider with rows in hand that has as many connections as it bears."""
    due: float | None = None
    """When the next row may go, as far as is known; None: none waits."""
    paced: bool = False
    """Whether that is when its provider's pace lets it go, and no later date."""
    opens: float | None = None
    """When the sending hours begin, where it is outside of them."""
    stops: tuple[Stop, ...] = ()
    brakes: tuple[Brake, ...] = ()
    lanes: int = 1
    sessions: int = 0
    """Connections that are open, ..."""
    busy: int = 0
    """... those with a message on the wire, ..."""
    window: int = 1
    """... and how many the server bears, as far as was found out."""
    complaint: str = ""
    """What a server with too many connections said."""
    unreached: str = ""
    """Why no connection, or no other one, could be had the last time."""
    processor: float = 0.0
    """The part of one processor that this process used."""
    disk: float = 0.0
    """The part of the time in which nothing was in hand, and the ledger was asked."""


def restored(told: Any) -> Limit | None:
    """A limit that another process wrote down; None for what this one does not know."""
    match told:
        case {"kind": kind, "provider": str(), "reply": str()} if kind in _KINDS:
            numbers = [told.get(name) for name in _NUMBERS]
            if all(number is None or _is_number(number) for number in numbers):
                return Limit(**{name: told.get(name) for name in _FIELDS})
    return None


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def bottleneck(run: Standing) -> Limit | None:
    """What limits the pace; None: nothing is left to send, or nothing is known."""
    if run.opens is not None and run.opens > run.now:
        return Limit(kind="hours", until=run.opens)
    for stop in run.stops:
        if not stop.provider and stop.until > run.now:
            return _stopped(stop)
    idle = not run.ready and not run.in_flight
    if idle and run.due is None:
        return None
    if run.unreached and not run.sessions and run.ready:
        return Limit(kind="reaching", reply=run.unreached)
    if idle and run.due is not None and run.due > run.now:
        return _waiting(run, run.due)
    return _braked(run) or _at_work(run)


def _stopped(stop: Stop) -> Limit:
    return Limit(
        kind="pause", provider=stop.provider, until=stop.until, reply=stop.reply
    )


def _waiting(run: Standing, due: float) -> Limit:
    """Nothing is in hand, and the next row is due later: why it is."""
    for stop in run.stops:
        if abs(stop.until - due) < _APART:
            return _stopped(stop)
    braked = _slowest(one for one in run.brakes if one.provider) if run.paced else None
    return braked or Limit(kind="date", until=due)


def _braked(run: Standing) -> Limit | None:
    """A limit on the rate for which whatever is in hand waits."""
    braked = _slowest(
        one
        for one in run.brakes
        if one.held >= _BINDING and (not one.provider or not run.free)
    )
    taken = run.busy >= min(run.lanes, run.window)
    if braked is not None or run.free or taken or not run.ready:
        return braked
    # All that is in hand is of providers that rest, or have all they bear.
    if run.full is not None:
        return Limit(kind="connections", provider=run.full, reply=run.complaint)
    ends = [stop for stop in run.stops if stop.until > run.now]
    return _stopped(min(ends, key=lambda stop: stop.until)) if ends else None


def _slowest(brakes: Iterable[Brake]) -> Limit | None:
    """The one that holds up most; of two that do as much, the slower one."""
    brake = max(brakes, key=lambda one: (one.held, -one.rate), default=None)
    if brake is None:
        return None
    return Limit(
        kind="eased" if brake.eased else "rate",
        provider=brake.provider,
        rate=brake.rate,
        reply=brake.reply,
    )


def _at_work(run: Standing) -> Limit | None:
    """What a message waits for that may go."""
    if run.processor >= _WHOLE:
        return Limit(kind="machine")
    if run.disk >= _MOSTLY:
        return Limit(kind="disk")
    if run.ready and run.busy >= run.lanes:
        return Limit(kind="lanes", number=run.lanes)
    if run.ready and run.busy >= run.window:
        return Limit(kind="connections", number=run.window, reply=run.complaint)
    if run.ready and run.unreached and run.busy >= run.sessions:
        return Limit(kind="connections", number=run.sessions, reply=run.unreached)
    return Limit(kind="answers", number=run.busy) if run.in_flight else None
