"""Dates in mails, which anybody may have written."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import mktime_tz, parsedate_tz

__all__ = ["first_date"]

_LONGEST = 100
_END_OF_TIME = 253_402_300_800  # the year 10000
_WRONG = (ValueError, TypeError, OverflowError, IndexError)


def first_date(texts: Iterable[str]) -> float | None:
    """The first of these that is a date (RFC 5322 section 3.3), in seconds of 1970."""
    return next((date for text in texts if (date := _date(text)) is not None), None)


def _date(text: str) -> float | None:
    try:
        parsed = parsedate_tz(text[:_LONGEST])
        seconds = None if parsed is None else float(mktime_tz(parsed))
    except _WRONG:  # on odd ones the standard library raises any of them
        return None
    return seconds if seconds is not None and 0 <= seconds < _END_OF_TIME else None
