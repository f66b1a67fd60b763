"""A run stops by itself where many are refused, and says why in words."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import ConfigurationError
from safesend.policies.auto_stop import AutoStop, Lately

CALM = Lately(
    judged=500,
    judged_ever=2000,
    refused=0,
    most="550 5.1.1 no such user",
    alike=0,
    alike_reply="550 5.7.1 not from you",
)


def _decide(policy=None, **changes):
    return (policy or AutoStop()).decide(attrs.evolve(CALM, **changes))


def test_many_refused_stop_it():
    """More than a tenth of the last five hundred, with the reply of most of them."""
    assert _decide(refused=50) is None
    assert _decide(refused=61) == (
        "61 of the last 500 people were refused (12.2 %), most with"
        " '550 5.1.1 no such user'; look at the list"
    )


def test_a_short_run_is_not_judged():
    """Before a hundred people nothing is said of their share."""
    early = {"judged": 99, "judged_ever": 99, "refused": 99}
    assert _decide(**early) is None
    assert _decide(AutoStop(after=99), **early) is not None


def test_refusals_alike_stop_it():
    """Twenty in a row as a matter of policy, however few were judged."""
    assert _decide(alike=19, judged=19, judged_ever=19, refused=19) is None
    assert _decide(alike=20, judged=20, judged_ever=20, refused=20) == (
        "20 people in a row were refused alike, for what is sent or who sends it:"
        " '550 5.7.1 not from you'; look at the letter, and at how the sender is known"
        " there"
    )


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("refused", "5", "write a percentage"),
        ("of_last", 0, "of_last is a whole number"),
        ("after", "x", "after is a whole number"),
        ("alike", True, "alike is a whole number"),
    ],
)
def test_what_cannot_be_a_limit_is_refused(field, value, reason):
    """The message names it."""
    with pytest.raises(ConfigurationError, match=reason):
        AutoStop(**{field: value})


@given(st.integers(1, 600), st.integers(0, 600), st.integers(0, 40), st.floats(0, 1))
def test_it_stops_exactly_where_a_limit_is_passed(judged, refused, alike, limit):
    """Neither earlier nor later."""
    policy = AutoStop(refused=limit, after=100)
    lately = {"judged": judged, "judged_ever": judged, "refused": min(refused, judged)}
    stops = judged >= 100 and min(refused, judged) / judged > limit
    assert (_decide(policy, alike=alike, **lately) is not None) == (
        stops or alike >= 20
    )
