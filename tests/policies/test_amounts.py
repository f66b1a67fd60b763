"""Amounts are read as people write them, and nothing else is taken for one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.policies.amounts import UNITS, duration, share


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("2d", 172_800), ("1d 6h", 108_000), ("30m", 1800), (7, 7), (0.5, 0.5), (0, 0)],
)
def test_a_length_of_time_is_read(written, seconds):
    """Units add up; a number is seconds."""
    assert duration(written) == seconds


@pytest.mark.parametrize("written", ["", "5", "m", "-1h", "1y", math.inf, -1, True])
def test_what_is_no_length_of_time_is_refused(written):
    """The message says how to write one."""
    with pytest.raises(ConfigurationError, match="write a number and a unit"):
        duration(written)


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(sorted(UNITS)))))
def test_lengths_add_up(parts):
    """However many units there are."""
    text = " ".join(f"{number}{unit}" for number, unit in parts)
    if parts:
        assert duration(text) == sum(number * UNITS[unit] for number, unit in parts)


@pytest.mark.parametrize(
    ("written", "part"),
    [("2%", 0.02), (" 0.5 % ", 0.005), ("100%", 1), ("0%", 0), (0.25, 0.25), (1, 1)],
)
def test_a_share_is_read(written, part):
    """A percentage, or a number from 0 to 1."""
    assert share(written) == part


@pytest.mark.parametrize("written", ["2", "101%", "-1%", "%", "", 2, -0.1, True, None])
def test_what_is_no_share_is_refused(written):
    """10 could mean ten people: a percentage has its sign."""
    with pytest.raises(ConfigurationError, match="write a percentage"):
        share(written)
