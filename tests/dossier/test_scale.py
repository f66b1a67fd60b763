import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.dossier.scale import date_ticks, number_ticks

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC).timestamp()
ZONES = st.sampled_from([dt.UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")])


@given(st.integers(0, 10**12))
def test_numbers_on_an_axis_are_few_and_round(most):
    """
    From nothing to what is to be shown, in steps of 1, 2 or 5.
    """
    ticks = number_ticks(most)

    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 7
    assert {b - a for a, b in itertools.pairwise(ticks)} == {ticks[1]}
    assert str(ticks[1]).rstrip("0") in {"1", "2", "5"}


@given(
    begins=st.floats(0, 4e9),
    length=st.one_of(st.floats(0, 1e5), st.floats(0, 3e9)),
    zone=ZONES,
    wanted=st.integers(1, 9),
)
def test_dates_on_an_axis_are_few_and_within(begins, length, zone, wanted):
    """
    However long it is, at most as many as there is room for; each with its words.
    """
    ticks = date_ticks(begins, begins + length, zone, wanted)

    assert len(ticks) <= wanted + 1
    dates = [tick.date for tick in ticks]
    assert dates == sorted(set(dates))
    assert all(begins - 1e-3 <= one <= begins + max(length, 1) for one in dates)
    assert all(tick.above for tick in ticks)
    assert not ticks or ticks[0].below


@pytest.mark.parametrize(
    ("seconds", "first", "second"),
    [
        (10, ("12:00:00", "1 Mar 2027"), ("12:00:02", "")),
        (120, ("12:00:00", "1 Mar 2027"), ("12:00:30", "")),
        (3600, ("12:00", "1 Mar 2027"), ("12:15", "")),
        (90_000, ("12:00", "1 Mar 2027"), ("18:00", "")),
        (86_400 * 9, ("3 Mar", "2027"), ("5 Mar", "")),
        (86_400 * 4000, ("25 Feb", "2030"), ("21 Feb", "2033")),
    ],
)
def test_dates_as_a_clock_and_a_calendar_show_them(seconds, first, second):
    """
    The day is told where it begins, the year where it changes.
    """
    ticks = date_ticks(NOON, NOON + seconds, dt.UTC, 5)
    told = [(tick.above, tick.below) for tick in ticks]

    assert told[:2] == [first, second]


def test_midnight_is_told_with_its_day():
    """
    A night's work shows which day it was.
    """
    ticks = date_ticks(NOON + 36_000, NOON + 57_600, dt.UTC, 6)

    assert [(tick.above, tick.below) for tick in ticks if tick.below] == [
        ("22:00", "1 Mar 2027"),
        ("00:00", "2 Mar 2027"),
    ]


def test_full_hours_are_those_of_the_zone():
    """
    Half an hour off Greenwich, ticks are at full hours all the same.
    """
    ticks = date_ticks(NOON, NOON + 14_400, ZoneInfo("Asia/Kolkata"), 4)

    assert [tick.above for tick in ticks] == ["18:00", "19:00", "20:00", "21:00"]
