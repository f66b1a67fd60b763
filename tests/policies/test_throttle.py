"""A throttle never lets more through than its rate and its burst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.policies.throttle import Throttle


@pytest.mark.parametrize(
    ("spec", "rate"),
    [
        ("50/s", 50.0),
        ("600/min", 10.0),
        ("600/m", 10.0),
        ("3600/h", 1.0),
        ("86.4k/day", 1.0),
        (" 0.5 / s ", 0.5),
    ],
)
def test_a_spec_is_a_number_and_a_unit(spec, rate):
    """
    Every unit comes out as messages a second.
    """
    assert Throttle(spec).rate == pytest.approx(rate)


@pytest.mark.parametrize("spec", ["", "fast", "0/s", "10", "10/fortnight", "-1/s"])
def test_what_is_no_rate_is_refused(spec):
    """
    The error shows how a rate is written.
    """
    with pytest.raises(ConfigurationError, match="50/s"):
        Throttle(spec)


def test_a_burst_holds_at_least_one_message():
    """
    A burst of nothing would never send.
    """
    with pytest.raises(ConfigurationError, match="burst"):
        Throttle("1/s", burst=0)


def test_the_default_burst_is_a_tenth_of_a_second():
    """
    Fast throttles come in small groups, slow ones one by one.
    """
    assert (Throttle("200/s").burst, Throttle("1/h").burst) == (20, 1)


@given(
    rate=st.integers(1, 1000),
    burst=st.integers(1, 50),
    asks=st.lists(
        st.tuples(st.floats(0, 2, allow_nan=False), st.integers(1, 80)), max_size=60
    ),
)
def test_no_window_holds_more_than_rate_and_burst(rate, burst, asks):
    """
    Over any window of t seconds at most rate * t + burst messages are granted.
    """
    meter = Throttle(f"{rate}/s", burst=burst).meter(0.0)
    now, grants = 0.0, []
    for pause, wanted in asks:
        now += pause
        grants.append((now, meter.grant(wanted, now)))
    for start, (begin, _) in enumerate(grants):
        total = 0
        for end, count in grants[start:]:
            total += count
            assert total <= rate * (end - begin) + burst + 0.01


@given(rate=st.integers(1, 500), burst=st.integers(1, 20))
def test_next_at_is_when_one_more_may_go(rate, burst):
    """
    At the named moment a message is granted, and not a hair earlier.
    """
    meter = Throttle(f"{rate}/s", burst=burst).meter(0.0)
    assert burst == meter.grant(burst + 5, 0.0)
    moment = meter.next_at(0.0)
    assert moment > 0
    assert meter.grant(1, moment * 0.9) == 0
    assert meter.grant(1, moment) == 1


def test_an_unused_meter_lets_go_at_once():
    """
    Without any grant the next message may go now.
    """
    meter = Throttle("1/s").meter(5.0)
    assert meter.next_at(7.0) == 7.0
    assert meter.grant(3, 7.0) == 1
