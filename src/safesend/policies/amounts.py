"""Amounts as people write them: lengths of time ("1d 6h") and shares ("2%")."""

from __future__ import annotations

import math
import re

from safesend.errors import ConfigurationError

__all__ = ["UNITS", "duration", "share"]

UNITS = {"s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
"""Seconds in a unit."""

_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(s|min|m|h|d)\b\s*")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%")
_HUNDRED = 100
_LONGEST = 36_525 * UNITS["d"]
_SHOWN = 40


def duration(value: float | str) -> float:
    """Seconds: a number of them, or a text such as "2d", "12h" or "1d 6h"."""
    seconds = _seconds(value)
    if seconds is None:
        raise ConfigurationError(
            f"the time {_shown(value)} is not understood; write a number and a unit:"
            " '2d', '12h', '1d 6h' (s, m, h, d)"
        )
    if seconds > _LONGEST:
        # A date that far ahead could not be shown, nor reached.
        raise ConfigurationError(f"the time {_shown(value)} is more than 100 years")
    return seconds


def _seconds(value: float | str) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        if not text or _LENGTH.sub("", text):
            return None
        return math.fsum(float(n) * UNITS[unit] for n, unit in _LENGTH.findall(text))
    if type(value) in {int, float} and 0 <= value < math.inf:
        return float(min(value, 2 * _LONGEST))
    return None


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}\u2026"


def share(value: float | str) -> float:
    """A part of the whole, from 0 to 1: such a number, or a text such as "2%"."""
    if isinstance(value, str):
        hit = _SHARE.fullmatch(value.strip())
        if hit and float(hit[1]) <= _HUNDRED:
            return float(hit[1]) / _HUNDRED
    elif type(value) in {int, float} and 0 <= value <= 1:
        return float(value)
    raise ConfigurationError(
        f"the share {value!r} is not understood; write a percentage, '2%', at most 100%"
    )
