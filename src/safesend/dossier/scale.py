"""Round numbers and dates for the axes of a chart."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import attrs

from safesend.dossier.words import at

__all__ = ["DateTick", "date_ticks", "number_ticks"]

_DAY = 86_400
_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200),
)
_DAYS = (1, 2, 7, 14, 28, 91, 182, 364)


@attrs.frozen
class DateTick:
    """A date on an axis; `above` names it, `below` says of which day or year it is."""

    date: float
    above: str
    below: str = ""


def number_ticks(most: int, wanted: int = 5) -> list[int]:
    """Round numbers from 0 on, the last one no less than `most`; few of them."""
    step = 1
    for factor in itertools.cycle((2, 2.5, 2)):  # 1, 2, 5, 10, 20, 50
        if step * wanted >= most:
            break
        step = int(step * factor)
    return list(range(0, max(most, 1) + step, step))


def date_ticks(
    begins: float, ends: float, zone: dt.tzinfo | None, wanted: int
) -> list[DateTick]:
    """Round dates within a length of time, at most `wanted` and one."""
    span = max(ends - begins, 1)
    for step in _STEPS:
        if span / step <= wanted:
            return [*_clock(begins, ends, step, zone)]
    for days in itertools.chain(_DAYS, itertools.count(728, 364)):
        if span / _DAY / days <= wanted:
            return [*_calendar(begins, ends, days, zone)]
    raise AssertionError("there is always a longer step")  # pragma: no cover


def _clock(
    begins: float, ends: float, step: int, zone: dt.tzinfo | None
) -> Iterator[DateTick]:
    """Full seconds, minutes or hours, as a clock on the wall shows them."""
    offset = (at(begins, zone).utcoffset() or dt.timedelta()).total_seconds()
    date = -(-(begins + offset) // step) * step - offset
    before = None
    while date <= ends:
        local = at(date, zone)
        form = "%H:%M:%S" if step % 60 else "%H:%M"
        below = "" if before == local.date() else f"{local.day} {local:%b %Y}"
        yield DateTick(date, f"{local:{form}}", below)
        before, date = local.date(), date + step


def _calendar(
    begins: float, ends: float, days: int, zone: dt.tzinfo | None
) -> Iterator[DateTick]:
    """The first moment of days."""
    local, before = at(begins, zone), None
    for number in itertools.count(0, days):
        day = local.date() + dt.timedelta(number)
        date = _midnight(day, zone)
        if date > ends:
            return
        if date >= begins:
            below = "" if before == day.year else str(day.year)
            yield DateTick(date, f"{day.day} {day:%b}", below)
            before = day.year


def _midnight(day: dt.date, zone: dt.tzinfo | None) -> float:
    # A date without a zone is one of local time (datetime.timestamp).
    return dt.datetime.combine(day, dt.time(), zone).timestamp()
