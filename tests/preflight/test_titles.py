"""What the checks are called."""

import pytest

from safesend.errors import ConfigurationError
from safesend.preflight.titles import OFFLINE, TITLES, chosen


def test_there_are_fourteen():
    """
    P1 to P14, in their order; some of them ask nobody.
    """
    assert [*TITLES] == [f"P{number}" for number in range(1, 15)]
    assert set(TITLES) > OFFLINE


@pytest.mark.parametrize("given", ["P1,P4", " p1 , p4", ["P4", "p1"], ("P1", "P4")])
def test_they_are_chosen_by_number(given):
    """
    In any case, as a list or as one text.
    """
    assert chosen(given) == {"P1", "P4"}


def test_all_are_chosen_where_none_is_named():
    """
    That is what is asked for without an option.
    """
    assert chosen(None) == set(TITLES)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("P1,P15", "no check is called P15"),
        ("", "no check is called"),
        ([], "is named"),
    ],
)
def test_what_is_no_check_is_refused(given, words):
    """
    And it is told which there are.
    """
    with pytest.raises(ConfigurationError, match=words) as caught:
        chosen(given)
    assert "P1, P2" in str(caught.value)
