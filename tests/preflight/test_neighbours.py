"""Mistakes of typing, told from domains that are only similar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.policies.providers import builtin
from safesend.preflight.neighbours import distance, misspelt

KNOWN = builtin().domains


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotnial.com", "hotmail.com"),
        ("yahooo.com", "yahoo.com"),
        ("outlok.com", "outlook.com"),
        ("icloud.con", "icloud.com"),
    ],
)
def test_what_was_meant(typed, meant):
    """A letter wrong, missing, too many, or two that changed places."""
    assert misspelt({typed: 1}, KNOWN) == {typed: meant}


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "gmx.com",
        "gmx.cm",
        "mac.org",
        "male.com",
        "example.org",
        "gmal.org",
        "mail.gmail.com",
        "orange.ch",
        "a",
    ],
)
def test_what_is_meant_as_it_stands(domain):
    """Known ones, short ones, and what is too far from all."""
    assert misspelt({domain: 1}, KNOWN) == {}


def test_many_rows_are_no_mistake():
    """Few for themselves, or few beside the neighbour's."""
    assert misspelt({"cloud.com": 6}, KNOWN) == {}
    assert misspelt({"cloud.com": 6, "icloud.com": 120}, KNOWN)
    assert misspelt({"cloud.com": 6, "icloud.com": 119}, KNOWN) == {}


def test_of_two_neighbours_the_one_in_the_list():
    """Equally close are both; people of one are there."""
    assert misspelt({"yahoo.da": 1, "yahoo.de": 30}, KNOWN)["yahoo.da"] == "yahoo.de"
    assert misspelt({"yahoo.da": 1, "yahoo.ca": 30}, KNOWN)["yahoo.da"] == "yahoo.ca"


SHORT = st.text("abc.", max_size=6)


@given(SHORT, SHORT)
def test_a_distance(one, other):
    """It is the same both ways, nothing only between equals, and never too long."""
    steps = distance(one, other)

    assert steps == distance(other, one)
    assert (steps == 0) == (one == other)
    assert abs(len(one) - len(other)) <= steps <= max(len(one), len(other))


@given(st.sampled_from([k for k in KNOWN if len(k.partition(".")[0]) >= 7]), st.data())
def test_every_slip_is_found(known, data):
    """Two letters changed anywhere in a long name: the index misses none of them."""
    letters = [*known]
    for _ in range(2):
        at = data.draw(st.integers(0, len(letters) - 1))
        letters[at] = data.draw(st.sampled_from("abcxyz"))
    typed = "".join(letters)
    if typed not in KNOWN:
        meant = misspelt({typed: 1}, KNOWN)[typed]
        assert distance(typed, meant) <= distance(typed, known)
