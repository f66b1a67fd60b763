"""A server that says "too fast" is heard, and asked again little by little."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.policies.easing import Easing

RATES = st.floats(1e-4, 1e4)
MINUTE = 60.0


def _eased(goodput=8.0, limit=None, now=1000.0):
    easing = Easing()
    easing.slow(now, goodput, limit)
    return easing


def test_nothing_is_eased_at_first():
    """
    Without a complaint there is no rate, and nothing to keep.
    """
    assert (Easing().rate(5.0), Easing().state()) == (None, None)
    assert Easing.restored(None, 5.0).rate(5.0) is None


@pytest.mark.parametrize(
    ("goodput", "limit", "rate"),
    [
        (8.0, None, 4.0),
        (8.0, 20.0, 4.0),
        (8.0, 6.0, 3.0),
        (0.0, 6.0, 3.0),
        (0.0, None, 1.0),
        (0.001, 6.0, 1 / 60),
    ],
)
def test_a_complaint_halves_what_was_going(goodput, limit, rate):
    """
    The least of what is known counts, and never less than one in a minute is left.
    """
    assert _eased(goodput, limit).rate(1000.0) == pytest.approx(rate)


def test_an_eased_rate_is_halved_again():
    """
    What counts then is the eased rate, though more was accepted a moment ago.
    """
    easing = _eased(8.0)
    easing.slow(1005.0, 8.0, None)
    assert easing.rate(1005.0) == pytest.approx(2.0, rel=0.01)


def test_complaints_of_one_moment_halve_once():
    """
    Within five seconds they have one cause.
    """
    easing = _eased(8.0)
    for n in range(50):
        easing.slow(1000.0 + n / 10.1, 8.0, None)
    assert easing.rate(1000.0) == 4.0


def test_it_creeps_back_by_a_twentieth_of_the_ceiling_a_minute():
    """
    From a half to the whole it takes ten quiet minutes.
    """
    easing = _eased(8.0)
    rates = [easing.rate(1000.0 + n * MINUTE) for n in range(11)]
    assert rates == pytest.approx([4.0 + 0.4 * n for n in range(11)])


def test_past_the_ceiling_it_goes_on_to_the_limit():
    """
    Each minute a twentieth more, until the limit of the user holds alone.
    """
    easing = _eased(8.0, limit=20.0)
    assert easing.rate(1000.0 + 11 * MINUTE) == pytest.approx(8.0 * 1.0513, rel=1e-3)
    assert easing.rate(1000.0 + 28 * MINUTE) < 20.0
    assert easing.rate(1000.0 + 29 * MINUTE) is None


def test_without_a_limit_four_times_the_ceiling_is_enough():
    """
    Then nothing is eased any more.
    """
    easing = _eased(8.0)
    assert easing.rate(1000.0 + 37 * MINUTE) < 32.0
    assert easing.rate(1000.0 + 38 * MINUTE) is None
    assert easing.rate(1e12) is None


def test_a_limit_below_one_in_a_minute_holds():
    """
    Easing never makes anything faster than the user allows.
    """
    assert _eased(8.0, limit=0.001).rate(1000.0) is None


def test_what_was_learnt_outlives_the_run():
    """
    Restored from its state it gives the same rates, up to the limit of the new run.
    """
    first = _eased(8.0, limit=20.0)
    again = Easing.restored(first.state(), 1060.0, 20.0)
    assert again == first
    assert again.rate(1300.0) == first.rate(1300.0)
    assert Easing.restored(first.state(), 1060.0, 3.0).rate(1300.0) is None


def test_a_clock_that_was_put_back_does_not_hold_it_down():
    """
    What was kept from "tomorrow" counts as kept now.
    """
    easing = Easing.restored((9e9, 4.0, 8.0), 1000.0)
    assert easing.rate(1000.0 + 10 * MINUTE) == pytest.approx(8.0)
    assert easing.rate(0.0) == 4.0


@given(since=st.floats(0, 1e10), base=st.floats(-10, 1e6), ceiling=st.floats(-10, 1e6))
def test_no_kept_state_stops_the_mail(since, base, ceiling):
    """
    Whatever was kept, a rate is at least one in a minute.
    """
    easing = Easing.restored((since, base, ceiling), 1e9)
    rate = easing.rate(1e9)
    assert rate is None or rate >= 1 / 60


@given(
    complaints=st.lists(
        st.tuples(st.floats(0, 3600), st.just(0.0) | RATES), min_size=1, max_size=20
    ),
    limit=st.none() | RATES,
)
def test_a_complaint_never_makes_it_faster(complaints, limit):
    """
    The rate stays between one in a minute and the limit, and rises while it is quiet.
    """
    easing, now = Easing(), 1e9
    for pause, goodput in complaints:
        now += pause
        before = easing.rate(now)
        easing.slow(now, goodput, limit)
        after = easing.rate(now)
        assert after is None or 1 / 60 <= after < (limit or 1e9)
        if before is not None:
            assert after <= before
    quiet = [easing.rate(now + n * MINUTE) for n in range(400)]
    rates = [rate for rate in quiet if rate is not None]
    assert all(before <= after for before, after in itertools.pairwise(rates))
    assert quiet[len(rates) :] == [None] * (400 - len(rates))


@given(rate=RATES, limit=st.none() | RATES)
def test_it_ends_within_a_working_day(rate, limit):
    """
    Even from one in a minute to ten thousand a second takes less than five quiet hours.
    """
    assert _eased(rate, limit).rate(1000.0 + 5 * 3600) is None


def test_what_was_measured_for_a_moment_is_no_measure():
    """
    The rate doubles every five quiet seconds, until a complaint tells what is right.
    """
    easing = Easing()
    easing.slow(1000.0, 1.0, None, sure=False)
    rates = [easing.rate(1000.0 + seconds) for seconds in (0, 5, 10, 15, 75)]
    assert rates == pytest.approx([0.5, 1.0, 2.0, 4.0, 4.0 * math.exp(0.05)])
    assert easing.rate(1000.0 + 7200) is None
    easing.slow(1020.0, 3.0, None)
    assert easing.rate(1020.0) == pytest.approx(1.5)
    assert easing.rate(1080.0) == pytest.approx(1.65)

    limited = Easing()
    limited.slow(1000.0, 1.0, 3.0, sure=False)
    assert limited.rate(1005.0) == pytest.approx(1.0)
    assert limited.rate(1020.0) is None
    assert limited.rate(1e9) is None
    restored = Easing.restored(limited.state(), 1000.0)
    assert restored.rate(1000.0) == pytest.approx(0.5)
