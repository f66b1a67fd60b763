"""How fast messages may go: limits, warm-up, and GCRA as functions on one number.

The generic cell rate algorithm (ITU-T I.371) keeps one number for a limit: the
theoretical arrival time of the latest message, which is when it would have come had
all come evenly. Processes may share that number in a cell of eight octets. Over any
window of t seconds no more than rate * t + burst messages are granted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from safesend.errors import ConfigurationError

__all__ = ["Pace", "Ramp", "Throttle", "free_at", "next_arrival"]

_TICKS = 2.0**21
"""Ticks a second. Arrival times are whole ticks, so sums of them are exact up to 2**32
seconds, which is the year 2106 where seconds are counted from 1970."""

_DAY = 86400.0
_UNITS = {"s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "day": _DAY, "d": _DAY}
_RATE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(k?)\s*/\s*(s|min|m|h|day|d)\s*")
_RAMP = re.compile(r"(.+?)(?:->|→)(.+?)\bover\s+(\d{1,4})\s*d(?:ays?)?\s*")
_SLOWEST = 1e-7  # one message in about 116 days


def _default_burst(rate: float) -> int:
    """A tenth of a second's worth."""
    return max(1, math.floor(rate / 10))


@attrs.frozen
class Pace:
    """What holds now: messages a second, and how many may go at once after a pause."""

    rate: float
    burst: int = attrs.field()
    step: float = attrs.field(init=False, repr=False, eq=False)
    """Seconds between two messages: one tick more than 1 / rate, or a little above."""
    tolerance: float = attrs.field(init=False, repr=False, eq=False)
    """How far ahead of the clock a message may be: the burst, and the tick that a first
    arrival time is rounded up by."""
    horizon: float = attrs.field(init=False, repr=False, eq=False)
    """An arrival time further ahead was not kept at this pace, nor at half of it."""

    @burst.default
    def _burst(self) -> int:
        return _default_burst(self.rate)

    @step.default
    def _step(self) -> float:
        return (math.floor(_TICKS / self.rate) + 2) / _TICKS

    @tolerance.default
    def _tolerance(self) -> float:
        return (self.burst - 1) * self.step + 1 / _TICKS

    @horizon.default
    def _horizon(self) -> float:
        return 2 * self.burst * self.step

    def at_most(self, rate: float | None) -> Pace:
        """The slower of the two: this pace, or that many messages a second."""
        if rate is None or rate >= self.rate:
            return self
        return Pace(rate, min(self.burst, _default_burst(rate)))


def next_arrival(arrival: float, pace: Pace, now: float) -> float | None:
    """The new arrival time when one message may go `now`; None when it may not yet.

    Keep what is returned, and hand it in as `arrival` the next time; 0.0 stands for
    "none went yet". `now` is never negative, and all that share the number read it from
    one clock. An arrival time that lies too far ahead, from another boot or a far
    slower pace, holds nothing up: one message goes, and those after it keep the pace.
    """
    planned = arrival + pace.step
    if arrival and planned - pace.tolerance > now:
        if arrival - now <= pace.horizon:
            return None
        return _tick_after(now) + (pace.burst - 1) * pace.step
    return planned if arrival and planned > now else _tick_after(now)


def free_at(arrival: float, pace: Pace, now: float) -> float:
    """When the next message may go; not later than `now` when one may go at once."""
    if not arrival or arrival - now > pace.horizon:
        return now
    due = arrival + pace.step - pace.tolerance
    return max(now, due)


def _tick_after(now: float) -> float:
    return (now * _TICKS // 1.0 + 1.0) / _TICKS


def _rate(text: str) -> float:
    hit = _RATE.fullmatch(text)
    rate = 0.0
    if hit is not None:
        rate = float(hit[1]) * (1000 if hit[2] else 1) / _UNITS[hit[3]]
    if not _SLOWEST <= rate < math.inf:
        raise ConfigurationError(
            f"the rate {text!r} is not understood; write a number, a slash and a unit:"
            " '50/s', '600/min', '1000/h' or '20k/day'"
        )
    return rate


def _written(rate: float) -> str:
    """A text that gives this very rate; in the first unit in which it reads well."""
    for unit in ("s", "min", "h", "day"):
        number = round(rate * _UNITS[unit], 6)
        short = f"{number / 1000:.12g}k" if number % 1000 == 0 else f"{number:.12g}"
        text = f"{short}/{unit}"
        if number >= 1 and _RATE.fullmatch(text) and _rate(text) == rate:
            return text
    return f"{Decimal(repr(rate)):f}/s"


@attrs.frozen
class Ramp:
    """A warm-up: the rate grows by the same factor every day, and never within one.

    On day 0 it is `first`, on the last of so many days and from then on `last`.
    """

    first: float
    last: float
    days: int

    @classmethod
    def of(cls, text: str) -> Ramp:
        """Read "200/day -> 50k/day over 21d"."""
        hit = _RAMP.fullmatch(str(text))
        if hit is None:
            raise ConfigurationError(
                f"the warm-up {text!r} is not understood; write the first rate, the"
                " last one and the days between: '200/day -> 50k/day over 21d'"
            )
        ramp = cls(_rate(hit[1]), _rate(hit[2]), int(hit[3]))
        if ramp.first > ramp.last:
            raise ConfigurationError(
                f"the warm-up {text!r} falls; write the lower rate first"
            )
        if ramp.days < 2:  # noqa: PLR2004 - a first day and a last one
            raise ConfigurationError(
                f"the warm-up {text!r} is too short; it takes 2 days at least"
            )
        return ramp

    def rate(self, age: float) -> float:
        """Messages a second when the sender began `age` seconds ago."""
        day = max(0, math.floor(age / _DAY))
        end = self.days - 1
        if day >= end:
            return self.last
        growth: float = (self.last / self.first) ** (day / end)
        return min(self.last, self.first * growth)

    def __str__(self) -> str:
        return f"{_written(self.first)} -> {_written(self.last)} over {self.days}d"


def _items(limits: Mapping[str, Throttle]) -> frozenset[tuple[str, Throttle]]:
    return frozenset(limits.items())


@attrs.frozen(init=False, repr=False)
class Throttle:
    """At most so many messages in a unit of time: `Throttle("50/s", burst=10)`.

    `burst` is how many may go at once after a pause; by default a tenth of a second's
    worth, at least one. `per_provider` sets limits of their own for the mailboxes of
    one provider: `{"google": "10/s"}`. `warmup` lets the rate grow by the day, for a
    sender that nobody knows yet: `"200/day -> 50k/day over 21d"`; spread evenly over
    the day. A warm-up may also stand alone, in place of the limit.
    """

    rate: float | None
    """Messages a second over everything; None where no such limit is set."""
    burst: int
    per_provider: Mapping[str, Throttle] = attrs.field(eq=_items)
    ramp: Ramp | None
    _steady: Pace | None = attrs.field(eq=False)

    def __init__(
        self,
        spec: str | None = None,
        *,
        burst: int | None = None,
        per_provider: Mapping[str, str | Throttle] | None = None,
        warmup: str | None = None,
    ) -> None:
        if spec is not None and not isinstance(spec, str):
            raise ConfigurationError(
                f"throttle={spec!r}: a limit is a text such as '50/s'"
            )
        if spec is not None and re.search("->|→", spec):
            if warmup is not None:
                raise ConfigurationError(
                    "two warm-ups: give the limit first and one warmup=, or one alone"
                )
            spec, warmup = None, spec
        rate = None if spec is None else _rate(spec)
        _check_burst(burst, rate)
        steady = None
        if rate is not None:
            steady = Pace(rate) if burst is None else Pace(rate, burst)
        self.__attrs_init__(
            rate,
            1 if steady is None else steady.burst,
            _limits({} if per_provider is None else per_provider),
            None if warmup is None else Ramp.of(warmup),
            steady,
        )

    @property
    def spec(self) -> str | None:
        """A text that gives this very rate, if there is one."""
        return None if self.rate is None else _written(self.rate)

    def pace(self, age: float) -> Pace | None:
        """The limit over everything when the sender began `age` seconds ago.

        Of rate and warm-up it is the lower; None: there is no limit. It changes with
        the day of a warm-up only.
        """
        if self.ramp is None:
            return self._steady
        ramp = self.ramp.rate(age)
        if self._steady is not None and self._steady.rate <= ramp:
            return self._steady
        return Pace(ramp)

    def at_most(self, rate: float) -> Throttle:
        """The same, and never more than `rate` messages a second over everything."""
        if self.rate is not None and self.rate <= rate:
            return self
        return Throttle(
            _written(rate),
            burst=None if self.rate is None else min(self.burst, _default_burst(rate)),
            per_provider=self.per_provider,
            warmup=None if self.ramp is None else str(self.ramp),
        )

    def provider_pace(self, provider: str, age: float) -> Pace | None:
        """The limit for the mailboxes of one provider; None: it has none of its own."""
        limit = self.per_provider.get(provider.lower())
        return None if limit is None else limit.pace(age)

    def __repr__(self) -> str:
        told = [] if self.rate is None else [repr(_written(self.rate))]
        if self.rate is not None and self.burst != _default_burst(self.rate):
            told.append(f"burst={self.burst}")
        if self.per_provider:
            told.append(f"per_provider={dict(self.per_provider)}")
        if self.ramp is not None:
            told.append(f"warmup='{self.ramp}'")
        return f"Throttle({', '.join(told)})"


def _check_burst(burst: Any, rate: float | None) -> None:
    if burst is None:
        return
    if type(burst) is not int or burst < 1:
        raise ConfigurationError(
            f"burst={burst!r}: write a whole number; at least one message must fit"
        )
    if rate is None:
        raise ConfigurationError(
            f"burst={burst} belongs to a limit over everything; give one: '50/s'"
        )


def _limits(given: Any) -> dict[str, Throttle]:
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"per_provider={given!r}: write providers and limits: {{'google': '10/s'}}"
        )
    limits: dict[str, Throttle] = {}
    for name, limit in given.items():
        if not isinstance(name, str) or not name.strip():
            raise ConfigurationError(
                f"per_provider: {name!r} is no provider; write a name such as 'google'"
            )
        key = name.strip().lower()
        if key in limits:
            raise ConfigurationError(f"per_provider names {key!r} twice")
        limits[key] = _limit(key, limit)
    return limits


def _limit(name: str, given: Any) -> Throttle:
    try:
        limit = given if isinstance(given, Throttle) else Throttle(given)
    except ConfigurationError as error:
        raise ConfigurationError(f"per_provider, {name!r}: {error}") from None
    if given is None or limit.per_provider:
        raise ConfigurationError(
            f"per_provider, {name!r}: a provider takes a plain limit such as '10/s',"
            " without providers of its own"
        )
    return limit
