"""A retry is a date, never a sleep."""

import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from safesend.policies.retry import GREYLIST_WAIT, Retry, reconnect_wait


def _date(retry, attempt, *, jitter=0.5, greylisted=False, now=0.0, first=0.0):
    return retry.next_try(
        attempt, now=now, first_tried=first, jitter=jitter, greylisted=greylisted
    )


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


@given(failures=st.integers(1, 100), jitter=st.floats(0, 1, exclude_max=True))
def test_reconnecting_backs_off_and_stays_below_a_minute(failures, jitter):
    """
    The wait before a new connection is never nothing and never long.
    """
    assert 0 < reconnect_wait(failures, jitter) <= 45
