"""A retry is a date, never a sleep."""

import math

import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.policies.retry import GREYLIST_WAIT, Retry, duration, reconnect_wait


def _date(retry, attempt, *, jitter=0.5, now=0.0, first=0.0, **hints):
    return retry.next_try(attempt, now=now, first_tried=first, jitter=jitter, **hints)


def test_the_default_waits_grow():
    """
    5 minutes, 15 minutes, 1, 2 and 4 hours, then 4 hours each time.
    """
    dates = [_date(Retry(), attempt) for attempt in (1, 2, 3, 4, 5, 6)]
    assert dates == pytest.approx([300, 900, 3600, 7200, 14400, 14400])


def test_the_jitter_is_a_tenth():
    """
    The random number moves the date by at most a tenth of the wait.
    """
    assert pytest.approx(
        [_date(Retry(), 1, jitter=0), _date(Retry(), 1, jitter=1)]
    ) == [270, 330]


def test_a_stop_object_ends_the_tries():
    """
    Tenacity's stop objects are asked with the number of tries and the age.
    """
    retry = Retry(stop=tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(1000))
    assert _date(retry, 2) is not None
    assert _date(retry, 3) is None
    assert _date(retry, 1, now=2000.0, first=500.0) is None


def test_wait_objects_can_be_joined():
    """
    A wait is any of tenacity's.
    """
    retry = Retry(wait=tenacity.wait_fixed(10) + tenacity.wait_incrementing(5, 5))
    assert _date(retry, 2, now=100.0) == pytest.approx(120)


@given(attempt=st.integers(1, 50), jitter=st.floats(0, 1, exclude_max=True))
def test_greylisting_waits_five_minutes_at_least(attempt, jitter):
    """
    However short the wait is set, a greylisting server gets its five minutes.
    """
    retry = Retry(wait=tenacity.wait_fixed(1))
    date = _date(retry, attempt, jitter=jitter, greylisted=True, now=50.0)
    assert date >= 50.0 + GREYLIST_WAIT


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("5m, 15m, 1h, 2h*3, 4h", [5, 15, 60, 120, 120, 120, 240, 240]),
        (" 90s,1.5h * 2 ", [1.5, 90, 90, 90]),
        ("10min", [10, 10]),
        ("1d", [1440]),
        ("5m, 1h*3, stop", [5, 60, 60, 60, None, None]),
        ("5m,stop", [5, None]),
        ("stop", [None]),
    ],
)
def test_a_schedule_may_be_a_text(text, minutes):
    """
    Waits in order; the last goes on for ever, unless the word stop ends them.
    """
    retry = Retry.of(text)
    dates = [_date(retry, attempt) for attempt in range(1, len(minutes) + 1)]
    assert dates == [None if wait is None else wait * 60 for wait in minutes]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "''"),
        ("5", "'5'"),
        ("0m", "'0m'"),
        ("-5m", "'-5m'"),
        ("5m, often", "'often'"),
        ("5m 15m", "'5m 15m'"),
        ("5m, stop, 1h", "'stop'"),
        ("5m,, 1h", "''"),
        ("5m, , stop", "''"),
        (", stop", "''"),
        ("1h*0", r"'1h\*0'"),
        ("1h*101", r"'1h\*101'"),
        ("9" * 5000 + "m", "999"),
        (300, "300"),
    ],
)
def test_what_is_no_schedule_is_refused(text, place):
    """
    The error names the part, and shows how waits are written.
    """
    with pytest.raises(ConfigurationError, match=rf"{place}.*5m, 15m, 1h\*3, 4h"):
        Retry.of(text)


@given(
    attempt=st.integers(1, 50),
    jitter=st.floats(0, 1, exclude_max=True),
    at_least=st.none() | st.floats(0, 1e6),
    greylisted=st.booleans(),
)
def test_a_hint_of_the_server_is_kept(attempt, jitter, at_least, greylisted):
    """
    The wait is what the schedule says, or longer where the server asked for longer.
    """
    hints = {"at_least": at_least, "greylisted": greylisted}
    wait = _date(Retry.of("1m*5, 1h"), attempt, jitter=jitter, now=50.0, **hints) - 50.0
    wanted = 60.0 if attempt <= 5 else 3600.0
    floor = max(at_least or 0.0, GREYLIST_WAIT if greylisted else 0.0)
    assert wait >= floor - 1e-6
    assert wait <= max(floor, wanted) * 1.1 + 1e-6
    assert wait >= wanted * 0.9 - 1e-6


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (0, 0.0),
        (1.5, 1.5),
        ("2d", 172_800.0),
        ("12h", 43_200.0),
        ("90 min", 5400.0),
        (" 1d 6h ", 108_000.0),
        ("0.5h", 1800.0),
    ],
)
def test_a_time_is_a_text_or_a_number_of_seconds(written, seconds):
    """
    Units may stand behind each other.
    """
    assert duration(written) == seconds


@pytest.mark.parametrize(
    "written",
    ["", "2", "2 days", "-1h", "h", "1h,2h", "1hh", -1, True, None, math.inf, math.nan],
)
def test_what_is_no_time_is_refused(written):
    """
    The error shows how one is written.
    """
    with pytest.raises(ConfigurationError, match="'2d', '12h', '1d 6h'"):
        duration(written)


@given(
    parts=st.lists(st.tuples(st.integers(0, 999), st.sampled_from("smhd")), max_size=30)
)
def test_a_time_is_the_sum_of_its_parts(parts):
    """
    Whatever they are; none at all are no time.
    """
    text = " ".join(f"{number}{unit}" for number, unit in parts)
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    if parts:
        assert duration(text) == sum(number * units[unit] for number, unit in parts)


@given(failures=st.integers(1, 100), jitter=st.floats(0, 1, exclude_max=True))
def test_reconnecting_backs_off_and_stays_below_a_minute(failures, jitter):
    """
    The wait before a new connection is never nothing and never long.
    """
    assert 0 < reconnect_wait(failures, jitter) <= 45


@pytest.mark.parametrize("given", [{"wait": 5}, {"wait": "5m"}, {"stop": "2d"}])
def test_what_cannot_be_asked_for_a_date_is_refused(given):
    """
    At once, and not when the first row of a mailing is put off.
    """
    with pytest.raises(ConfigurationError, match=r"a text is read by Retry\.of"):
        Retry(**given)


def test_a_schedule_gives_the_same_retries():
    """
    Of fixed waits and a number of tries, and of nothing else.
    """
    for text in ("5m, 15m, 1h*3", "30s, stop", "stop"):
        waits, tries = Retry.of(text).schedule
        again = Retry.fixed(waits, tries)
        assert again.schedule == (waits, tries)
        for attempt in range(1, 8):
            when = {"now": 1e9, "first_tried": 1e9, "jitter": 0.5}
            found = again.next_try(attempt, **when)
            assert found == Retry.of(text).next_try(attempt, **when)
    assert Retry(tenacity.wait_exponential()).schedule is None
    assert Retry(stop=tenacity.stop_after_delay(5)).schedule is None
    assert Retry(tenacity.wait_fixed(3)).schedule == ((3.0,), None)


@pytest.mark.parametrize("waits", [[], [-1.0], [float("inf")], [float("nan")]])
def test_waits_that_are_none_make_no_schedule(waits):
    """
    As with a text that is not understood.
    """
    with pytest.raises(ConfigurationError, match="waits in seconds"):
        Retry.fixed(waits)
