"""How many messages may go now: GCRA, the leaky bucket that needs one number.

The generic cell rate algorithm (ITU-T I.371) keeps the theoretical arrival time of
the next message. Over any window of t seconds no more than rate * t + burst messages
are granted.
"""

from __future__ import annotations

import math
import re

import attrs

from safesend.errors import ConfigurationError

__all__ = ["Meter", "Throttle"]

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "day": 86400.0}
_SPEC = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(k?)\s*/\s*(s|min|m|h|day|d)\s*")


def _rate(spec: str) -> float:
    hit = _SPEC.fullmatch(spec)
    if hit is None or float(hit[1]) == 0:
        raise ConfigurationError(
            f"the rate {spec!r} is not understood; write a number, a slash and a unit:"
            " '50/s', '600/min', '1000/h' or '20k/day'"
        )
    return float(hit[1]) * (1000 if hit[2] else 1) / _UNITS[hit[3]]


@attrs.frozen(init=False)
class Throttle:
    """At most so many messages in a unit of time: `Throttle("50/s", burst=10)`.

    `rate` is messages a second. `burst` is how many may go at once after a pause; by
    default a tenth of a second's worth, at least one.
    """

    rate: float
    burst: int

    def __init__(self, spec: str, *, burst: int | None = None) -> None:
        rate = _rate(spec)
        if burst is not None and burst < 1:
            raise ConfigurationError(f"burst={burst}: at least one message must fit")
        default = max(1, math.floor(rate / 10))
        self.__attrs_init__(rate, default if burst is None else burst)

    def meter(self, now: float) -> Meter:
        """A fresh account of this throttle; `now` is monotonic, in seconds."""
        return Meter(self, now)


@attrs.define
class Meter:
    """What a throttle has granted so far. Times are monotonic seconds."""

    throttle: Throttle
    _arrival: float

    def grant(self, wanted: int, now: float) -> int:
        """Up to `wanted` messages may go now; they count as gone."""
        step = 1 / self.throttle.rate
        arrival = max(self._arrival, now)
        # The rounding error of the sums is far below a thousandth of a message.
        room = (now - arrival) / step + self.throttle.burst + 1e-3
        granted = min(wanted, max(0, math.floor(room)))
        if granted:
            self._arrival = arrival + granted * step
        return granted

    def next_at(self, now: float) -> float:
        """When the next message may go; `now` when one may go at once."""
        allowance = (self.throttle.burst - 1) / self.throttle.rate
        return max(now, self._arrival - allowance)
