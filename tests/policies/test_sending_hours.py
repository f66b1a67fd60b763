"""Mail begins to leave within the hours, whatever the clock on the wall does."""

import copy
import datetime as dt
import math
import pickle
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.policies.sending_hours import SendingHours

OFFICE = "Mon-Fri 09:00-17:00, Sat 10:00-12:30"
BERLIN = "Europe/Berlin"


def _at(text, zone=BERLIN, fold=0):
    """The seconds since 1970 of a local date and time."""
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("text", "now", "opens"),
    [
        # 2 November 2026 is a Monday.
        (OFFICE, "2026-11-02 08:59:59", "2026-11-02 09:00"),
        (OFFICE, "2026-11-02 09:00", "2026-11-02 09:00"),
        (OFFICE, "2026-11-02 16:59:59", "2026-11-02 16:59:59"),
        (OFFICE, "2026-11-02 17:00", "2026-11-03 09:00"),
        (OFFICE, "2026-11-06 17:00", "2026-11-07 10:00"),
        (OFFICE, "2026-11-07 12:30", "2026-11-09 09:00"),
        ("09:00-17:00", "2026-11-08 18:00", "2026-11-09 09:00"),
        ("22:00-06:00", "2026-11-08 12:00", "2026-11-08 22:00"),
        ("22:00-06:00", "2026-11-09 03:00", "2026-11-09 03:00"),
        ("Sun 22:00-06:00", "2026-11-02 05:00", "2026-11-02 05:00"),
        ("Sun 22:00-06:00", "2026-11-02 06:00", "2026-11-08 22:00"),
        ("Fri-Mon 9:00-10:00", "2026-11-03 09:30", "2026-11-06 09:00"),
        ("mon, WED , friday 9:00-10:00", "2026-11-02 10:00", "2026-11-04 09:00"),
        ("Mon-Fri 09:00-12:00, 13:00-17:00", "2026-11-06 17:00", "2026-11-09 09:00"),
        ("Mon-Fri 09:00-12:00, 13:00-17:00", "2026-11-06 12:00", "2026-11-06 13:00"),
        ("Tue 00:00-24:00", "2026-11-02 09:00", "2026-11-03 00:00"),
        (
            "Mon \N{EN DASH} Fri 9:00 \N{EN DASH} 17:00",
            "2026-11-07",
            "2026-11-09 09:00",
        ),
        # One minute a week.
        ("Sun 10:00-10:01", "2026-11-08 10:01", "2026-11-15 10:00"),
    ],
)
def test_the_next_opening(text, now, opens):
    """
    While it is open that is now; otherwise the next hour of the list.
    """
    hours = SendingHours(text, tz=BERLIN)
    assert hours.opens_at(_at(now)) == _at(opens)


@pytest.mark.parametrize(
    ("text", "now", "closes"),
    [
        (OFFICE, "2026-11-02 09:00", "2026-11-02 17:00"),
        (OFFICE, "2026-11-02 17:00", "2026-11-02 17:00"),
        ("22:00-06:00", "2026-11-08 23:00", "2026-11-09 06:00"),
        ("Sun 22:00-06:00", "2026-11-08 23:00", "2026-11-09 06:00"),
        ("Sat-Sun 00:00-24:00, Mon 00:00-08:00", "2026-11-07", "2026-11-09 08:00"),
        ("9:00-12:00, 11:00-13:00", "2026-11-08 09:00", "2026-11-08 13:00"),
    ],
)
def test_the_next_closing(text, now, closes):
    """
    Spans that touch or overlap are one, over the end of the week as well.
    """
    assert SendingHours(text, tz=BERLIN).closes_at(_at(now)) == _at(closes)


def test_hours_that_never_close():
    """
    All day, every day: it is open now and for ever.
    """
    hours = SendingHours("Mon-Sat 00:00-24:00, Sun 00:00-24:00", tz="UTC")
    assert (hours.opens_at(5.5), hours.closes_at(5.5)) == (5.5, math.inf)


def test_a_fraction_of_a_second_before_is_before():
    """
    Nothing is rounded to where it is open.
    """
    hours = SendingHours(OFFICE, tz=BERLIN)
    nine, five = _at("2026-11-02 09:00"), _at("2026-11-02 17:00")
    assert hours.opens_at(math.nextafter(nine, 0)) == nine
    assert hours.opens_at(nine + 0.25) == nine + 0.25
    assert hours.closes_at(math.nextafter(five, 0)) == five
    assert hours.closes_at(five + 0.25) == five + 0.25


@pytest.mark.parametrize(
    ("text", "now", "opens", "closes"),
    [
        # On 29 March 2026 02:00 became 03:00, on 25 October 03:00 became 02:00.
        ("01:30-04:00", "2026-03-29 00:00+01:00", "01:30+01:00", "04:00+02:00"),
        ("02:30-04:00", "2026-03-29 00:00+01:00", "03:00+02:00", "04:00+02:00"),
        ("01:00-02:30", "2026-03-29 00:00+01:00", "01:00+01:00", "03:00+02:00"),
        ("01:30-04:00", "2026-10-25 00:00+02:00", "01:30+02:00", "04:00+01:00"),
        ("02:30-04:00", "2026-10-25 00:00+02:00", "02:30+02:00", "03:00+02:00"),
        ("02:30-04:00", "2026-10-25 03:00+02:00", "02:30+01:00", "04:00+01:00"),
        ("01:00-02:30", "2026-10-25 02:15+01:00", "02:15+01:00", "02:30+01:00"),
    ],
)
def test_the_clock_on_the_wall_decides(text, now, opens, closes):
    """
    Where it is put forward hours are shorter; the hour that comes twice counts twice.
    """
    hours = SendingHours(text, tz=BERLIN)
    day = now[:10]
    opened = hours.opens_at(dt.datetime.fromisoformat(now).timestamp())
    assert opened == dt.datetime.fromisoformat(f"{day} {opens}").timestamp()
    closed = dt.datetime.fromisoformat(f"{day} {closes}").timestamp()
    assert hours.closes_at(opened) == closed


def test_hours_that_a_change_of_the_clock_swallows_wait_for_the_next_day():
    """
    A quarter past two to a quarter to three does not come that night.
    """
    hours = SendingHours("02:15-02:45", tz=BERLIN)
    assert hours.opens_at(_at("2026-03-29 01:00")) == _at("2026-03-30 02:15")


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = [
    (BERLIN, "2026-03-29"),
    (BERLIN, "2026-10-25"),
    ("America/New_York", "2026-11-01"),
    ("America/St_Johns", "2026-03-08"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Pacific/Apia", "2011-12-29"),  # it skipped a whole day
    ("Asia/Kathmandu", "2026-06-01"),
    ("UTC", "2026-06-01"),
]


@st.composite
def _spans(draw):
    """Spans as (days, start, end): what they mean without any of our code."""
    minute = st.sampled_from([0, 15, 30, 60, 95, 120, 150, 180, 210, 540, 1020, 1439])
    spans = []
    for _ in range(draw(st.integers(1, 3))):
        first, last = draw(st.integers(0, 6)), draw(st.integers(0, 6))
        start = draw(minute)
        end = draw(minute.filter(lambda end, start=start: end != start))
        spans.append((first, last, start, end))
    return spans


def _written(spans):
    def time(minute):
        return f"{minute // 60:02}:{minute % 60:02}"

    return ", ".join(
        f"{DAYS[first]}-{DAYS[last]} {time(start)}-{time(end)}"
        for first, last, start, end in spans
    )


def _is_open(spans, moment, zone):
    """Look at the clock on the wall, and through all spans."""
    wall = dt.datetime.fromtimestamp(moment, zone)
    minute = wall.hour * 60 + wall.minute
    for first, last, start, end in spans:
        days = {(first + n) % 7 for n in range((last - first) % 7 + 1)}
        today, yesterday = wall.weekday() in days, (wall.weekday() - 1) % 7 in days
        if start < end:
            found = today and start <= minute < end
        else:
            found = (today and minute >= start) or (yesterday and minute < end)
        if found:
            return True
    return False


@given(
    spans=_spans(),
    place=st.sampled_from(ZONES),
    offset=st.integers(-2 * 1440, 2 * 1440),
)
@example(spans=[(0, 6, 150, 60)], place=ZONES[1], offset=0)
def test_no_minute_is_missed(spans, place, offset):
    """
    Counted by minutes around each change of the clock: the named one is the first.
    """
    name, day = place
    zone = ZoneInfo(name)
    hours = SendingHours(_written(spans), name)
    now = dt.datetime.fromisoformat(f"{day} 00:00+00:00").timestamp() + offset * 60
    for ask, wanted in ((hours.opens_at, True), (hours.closes_at, False)):
        named = ask(now)
        if named == math.inf:
            named = now + 10 * 86400
        else:
            assert _is_open(spans, named, zone) is wanted
        for minute in range(int((named - now) / 60)):
            assert _is_open(spans, now + minute * 60, zone) is not wanted


@pytest.mark.parametrize(
    ("text", "tz", "match"),
    [
        ("", "UTC", "'' is no span"),
        ("Mon-Fri", "UTC", "have no hours"),
        ("9:00-17:00, Sat", "UTC", "have no hours"),
        ("9-17", "UTC", "'9-17' is no span"),
        ("Mon 9:00-17:00;", "UTC", "is no span"),
        ("9:00-17:00,", "UTC", "is no span"),
        ("Mo 9:00-17:00", "UTC", "'mo' is no day"),
        ("Mon-Fry 9:00-17:00", "UTC", "'fry' is no day"),
        ("9:60-17:00", "UTC", "no time of a day"),
        ("24:00-17:00", "UTC", "no time of a day"),
        ("9:00-24:01", "UTC", "no time of a day"),
        ("9:00-9:00", "UTC", "never open"),
        ("9:00-17:00", None, "no time zone"),
        ("9:00-17:00 UTC", "UTC", "and so does tz='UTC'"),
        (9, "UTC", "no text"),
    ],
)
def test_what_is_not_understood_is_refused(text, tz, match):
    """
    The error says which part, and shows how hours are written.
    """
    with pytest.raises(ConfigurationError, match=f"{match}.*Sat 10:00-12:30"):
        SendingHours(text, tz)


@pytest.mark.parametrize("zone", ["Europe/Berlyn", "Europe", "../etc", "", 5])
def test_an_unknown_zone_is_refused_with_advice(zone):
    """
    A wrong name, or a system without zones: the error says what to do.
    """
    with pytest.raises(ConfigurationError, match=r"'Europe/Berlin'.*tzdata"):
        SendingHours("9:00-17:00", tz=zone)


@given(text=st.text("MonFri0123456789:-, /", max_size=30))
def test_no_text_breaks_it(text):
    """
    Any text is hours, or an error of ours.
    """
    try:
        hours = SendingHours(text, "UTC")
    except ConfigurationError:
        return
    assert hours.opens_at(0.0) < 8 * 86400


def test_hours_are_values():
    """
    Equal when they mean the same; copies are equal; the text makes them again.
    """
    hours = SendingHours(OFFICE, tz=BERLIN)
    assert hours == SendingHours(f"Sat 10:00-12:30, Mon-Fri 9:00-17:00 {BERLIN}")
    assert hours != SendingHours(OFFICE, tz="UTC")
    assert {hours: 1}[eval(repr(hours))] == 1
    assert copy.deepcopy(hours) == pickle.loads(pickle.dumps(hours)) == hours
    assert repr(hours) == f"SendingHours('{OFFICE}', tz='{BERLIN}')"


def test_hours_tell_their_text():
    """
    With it and the time zone they can be made again.
    """
    hours = SendingHours(" Mon-Fri 09:00-17:00 Europe/Berlin")
    assert SendingHours(hours.text, hours.tz) == hours
