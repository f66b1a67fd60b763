"""When mail may begin to leave: hours of the week, on a clock on the wall somewhere.

Hours are open while that clock shows a time within them. So where it is put forward
they may be shorter, and where it is put back the hour that comes twice counts twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from safesend.errors import ConfigurationError

__all__ = ["SendingHours"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MINUTE, _DAY, _WEEK = 60, 86400, 7 * 86400
_EXAMPLE = "'Mon-Fri 09:00-17:00, Sat 10:00-12:30 Europe/Berlin'"

_SPAN = re.compile(
    r"(?P<days>[a-z]+(?:\s*-\s*[a-z]+)?)?"
    r"\s*(?P<time>(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2}))?",
    re.IGNORECASE | re.ASCII,
)
_ZONE_BEHIND = re.compile(r"(.*\d)\s+([A-Za-z][\w+/-]*)\s*", re.ASCII)

_Spans = tuple[tuple[int, int], ...]


@attrs.frozen(init=False, repr=False)
class SendingHours:
    """Hours of the week: `SendingHours("Mon-Fri 09:00-17:00", tz="Europe/Berlin")`.

    Commas stand between spans. One without days means those of the span before it, and
    every day where there is none. A span may go over midnight ("22:00-06:00"), and then
    belongs to the day it begins on. The time zone may also stand behind the text.
    """

    tz: str
    """The name of the time zone, as the IANA database has it."""
    _spans: _Spans
    """Open from and until, in seconds of the week; in order, and none touches another.
    """
    _text: str = attrs.field(eq=False)
    _zone: ZoneInfo = attrs.field(eq=False)

    def __init__(self, text: str, tz: str | None = None) -> None:
        if not isinstance(text, str):
            raise _not_understood(text, "it is no text")
        if behind := _ZONE_BEHIND.fullmatch(text):
            if tz is not None:
                raise _not_understood(text, f"it names a time zone, and so does {tz=}")
            text, tz = behind[1], behind[2]
        if tz is None:
            raise _not_understood(text, "no time zone is named")
        spans = _joined(_read(text))
        self.__attrs_init__(tz, spans, text.strip(), _zone(tz))

    @property
    def text(self) -> str:
        """The spans, as they were written."""
        return self._text

    def opens_at(self, now: float) -> float:
        """When mail may leave next; `now` itself while it may. Seconds since 1970."""
        return self._next(now, is_open=True)

    def closes_at(self, now: float) -> float:
        """While mail may leave: until when; otherwise `now`. Infinite if always."""
        if self._spans == ((0, _WEEK),):
            return math.inf
        return self._next(now, is_open=False)

    def _next(self, now: float, *, is_open: bool) -> float:
        moment = math.floor(now)
        if self._is_open(moment) is is_open:
            return now
        while self._is_open(moment) is not is_open:
            moment = self._next_change(moment)
        return float(moment)

    def _is_open(self, moment: int) -> bool:
        second = self._second(moment)
        return any(start <= second < end for start, end in self._spans)

    def _next_change(self, moment: int) -> int:
        """When the hours next open or close, or the clock on the wall is put."""
        second = self._second(moment)
        edges = (edge for span in self._spans for edge in span)
        then = moment + min((edge - second - 1) % _WEEK + 1 for edge in edges)
        offset = self._offset(moment)
        # A day at a time, lest two changes of the clock hide each other.
        for begin in range(moment, then, _DAY):
            end = min(begin + _DAY, then)
            if self._offset(end) != offset:
                return self._clock_put(begin, end)
        return then

    def _clock_put(self, before: int, after: int) -> int:
        """The first second of the later offset, between two moments."""
        offset = self._offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, moment: int) -> int:
        """Seconds that the clock on the wall is ahead of UTC."""
        offset = datetime.fromtimestamp(moment, self._zone).utcoffset()
        assert offset is not None
        return round(offset.total_seconds())

    def _second(self, moment: int) -> int:
        """The second of the week on that clock, counted from Monday, midnight."""
        # 1 January 1970 was a Thursday.
        return (moment + self._offset(moment) + 3 * _DAY) % _WEEK

    def __repr__(self) -> str:
        return f"SendingHours({self._text!r}, tz={self.tz!r})"


def _not_understood(text: Any, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"the sending hours {text!r} are not understood: {reason}; write them"
        f" so: {_EXAMPLE}"
    )


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, TypeError, OSError):
        raise ConfigurationError(
            f"the time zone {name!r} is not known here; names are such as"
            " 'Europe/Berlin' or 'UTC'. Where a system knows none of them, install its"
            " package tzdata, or run 'pip install tzdata'"
        ) from None


def _read(text: str) -> Iterator[tuple[int, int]]:
    """The spans of a text, in seconds of the week; one may end in the next week."""
    days: list[int] = []
    waiting: list[
        int
    ] = []  # days whose hours stand further behind: "Mon, Wed 9:00-..."
    for part in text.replace("\N{EN DASH}", "-").split(","):
        span = _SPAN.fullmatch(part.strip())
        if span is None or not part.strip():
            raise _not_understood(text, f"{part.strip()!r} is no span")
        if span["days"]:
            waiting += _days(text, span["days"])
        if span["time"]:
            days = waiting or days or list(range(7))
            waiting = []
            start, end = _hours(text, span)
            yield from ((day * _DAY + start, day * _DAY + end) for day in days)
    if waiting:
        raise _not_understood(text, "days at its end have no hours")


def _days(text: str, days: str) -> list[int]:
    first, *more = (_day(text, name.strip().lower()) for name in days.split("-"))
    last = more[0] if more else first
    return [(first + n) % 7 for n in range((last - first) % 7 + 1)]


def _day(text: str, name: str) -> int:
    for number, day in enumerate(_DAYS):
        if len(name) >= len("mon") and day.startswith(name):
            return number
    raise _not_understood(text, f"{name!r} is no day; days are Mon, Tue ... Sun")


def _hours(text: str, span: re.Match[str]) -> tuple[int, int]:
    """Begin and end in seconds of the day; an end on the next day counts on."""
    hour, minute, last_hour, last_minute = map(int, span.groups()[2:])
    start, end = (
        (hour * 60 + minute) * _MINUTE,
        (last_hour * 60 + last_minute) * _MINUTE,
    )
    if max(minute, last_minute) > 59 or start >= _DAY or end > _DAY:  # noqa: PLR2004
        raise _not_understood(text, f"{span['time']!r} is no time of a day")
    if start == end:
        raise _not_understood(
            text, f"{span['time']!r} is never open (all day is 00:00-24:00)"
        )
    return start, end if end > start else end + _DAY


def _joined(spans: Iterator[tuple[int, int]]) -> _Spans:
    """In order, within one week, those that touch made one."""
    within: list[tuple[int, int]] = []
    for start, end in spans:
        within.append((start, min(end, _WEEK)))
        if end > _WEEK:
            within.append((0, end - _WEEK))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(within):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
