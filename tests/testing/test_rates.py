from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.testing.rates import Bucket, read_rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/s", Fraction(10)),
        (" 600 / min ", Fraction(10)),
        ("1/m", Fraction(1, 60)),
        ("1k/h", Fraction(1000, 3600)),
        ("86400/day", Fraction(1)),
        ("1/d", Fraction(1, 86400)),
    ],
)
def test_rates_are_read_exactly(text: str, rate: Fraction) -> None:
    """A number, a slash and a unit."""
    assert read_rate(text) == rate


@pytest.mark.parametrize("text", ["", "10", "0/s", "-1/s", "1.5/s", "10/week", "/s"])
def test_what_is_no_rate_says_how_to_write_one(text: str) -> None:
    """With examples."""
    with pytest.raises(ConfigurationError, match="'600/min'"):
        read_rate(text)


def _admitted(bucket: Bucket, times: list[float]) -> list[float]:
    passed = []
    for now in times:
        if bucket.has_room(now):
            bucket.pour(now)
            passed.append(now)
    return passed


@pytest.mark.parametrize("rate", [1, 3, 7, 10, 1000])
def test_who_keeps_the_rate_passes(rate: int) -> None:
    """Rounding of the clock turns nobody away, however long it goes on."""
    now, times = 1_000_000.1, []
    for _ in range(1000):
        times.append(now)
        now += 1 / rate

    assert _admitted(Bucket(Fraction(rate), 1), times) == times


def test_a_burst_passes_at_once_and_has_to_leak_away() -> None:
    """Then one passes at each step of the rate."""
    times = [0.0, 0.0, 0.0, 0.0, 0.05, 0.1, 0.1, 0.2, 60, 60, 60, 60]

    passed = _admitted(Bucket(Fraction(10), 3), times)

    assert passed == [0.0, 0.0, 0.0, 0.1, 0.2, 60, 60, 60]


@given(
    st.lists(st.floats(0, 20, allow_subnormal=False), max_size=60).map(sorted),
    st.fractions(Fraction(1, 5), 10, max_denominator=20),
    st.integers(1, 5),
)
def test_no_window_has_more_than_its_rate_and_the_burst(
    times: list[float], rate: Fraction, burst: int
) -> None:
    """And the first that is turned away would have been one too many."""
    bucket = Bucket(rate, burst)
    passed: list[float] = []
    for now in times:
        room = bucket.has_room(now)
        if room:
            bucket.pour(now)
            passed.append(now)
        windows = [
            (Fraction(now) - Fraction(begin), len(passed) - at)
            for at, begin in enumerate(passed)
        ]
        slack = rate / 1_000_000
        assert all(n <= rate * t + burst + slack for t, n in windows)
        assert room or any(n + 1 > rate * t + burst for t, n in windows)
    assert all(a <= b for a, b in itertools.pairwise(passed))
