"""A leaky bucket that is counted exactly: what a server takes in a unit of time.

Nothing of `safesend.policies` is used, so that the two cannot be wrong together.
"""

from __future__ import annotations

import re
from fractions import Fraction

import attrs

from safesend.errors import ConfigurationError

__all__ = ["Bucket", "read_rate"]

_RATE = re.compile(r"(\d+)(k?)/(s|min|m|h|day|d)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "day": 86_400}

_FORGIVEN = Fraction(1, 1_000_000)
"""Seconds by which somebody may be early: clocks count in floats."""


def read_rate(text: str) -> Fraction:
    """How many a second "10/s", "600/min", "1000/h" or "20k/day" are."""
    found = _RATE.fullmatch(text.replace(" ", ""))
    if found is None or int(found[1]) == 0:
        raise ConfigurationError(
            f"the rate {text!r} is not understood; write a whole number, a slash and"
            " a unit: '10/s', '600/min', '1000/h' or '20k/day'"
        )
    return Fraction(int(found[1]) * (1000 if found[2] else 1), _SECONDS[found[3]])


@attrs.define
class Bucket:
    """Holds `burst`, and leaks `rate` a second: in any t seconds rate * t + burst."""

    rate: Fraction
    burst: int
    _level: Fraction = Fraction(0)
    _at: Fraction = Fraction(0)

    def has_room(self, now: float) -> bool:
        """Whether one more may come in now."""
        return self._left(now) + 1 <= self.burst + self.rate * _FORGIVEN

    def pour(self, now: float) -> None:
        """One came in."""
        self._level = self._left(now) + 1
        self._at = max(self._at, Fraction(now))

    def _left(self, now: float) -> Fraction:
        leaked = self.rate * max(Fraction(0), Fraction(now) - self._at)
        return max(Fraction(0), self._level - leaked)
