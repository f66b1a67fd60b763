"""What a server wrote, without the people it names."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from safesend.engine.discretion import Discretion, discreet


@pytest.mark.parametrize(
    ("text", "local", "kept"),
    [
        ("mailbox ada.lovelace is full", "ada.lovelace", "mailbox … is full"),
        ("Ada.Lovelace unknown", "ada.lovelace", "… unknown"),
        ("user ada unknown", "ada+news", "user … unknown"),
        ("no ed here", "ed", "no ed here"),
    ],
)
def test_the_row_itself_is_not_named(text, local, kept):
    """Nor what stands before its plus sign; two letters may be any word."""
    assert discreet(text, local) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("550 grace.hopper is unknown", "550 … is unknown"),
        ("550 <Grace.Hopper>: unknown.", "550 <…>: unknown."),
        ("it was (grace.hopper). Bye", "it was (…). Bye"),
        ("550 g.hopper has moved to grace.hopper.", "550 g.hopper has moved to …."),
        ("nobody but hopper here", "nobody but … here"),
        ("250 2.0.0 queued for grace.hopper", "250 2.0.0 queued for …"),
    ],
)
def test_nor_is_another_row_that_was_in_hand(text, kept):
    """A server may mix up whom it speaks of."""
    discretion = Discretion()
    discretion.meet("Grace.Hopper")
    discretion.meet("hopper+news")
    assert discretion.of(text, "alan") == kept


def test_words_of_which_replies_are_made_stay():
    """Whoever is called so, or sits in an office, is not named by it."""
    discretion = Discretion()
    for local in ("quota", "unknown", "info", "support", "postmaster", "ann"):
        discretion.meet(local)
    text = "552 quota of ann unknown, ask info, support or postmaster"
    assert discretion.of(text) == text


def test_addresses_are_masked_as_well_where_no_row_is_meant():
    """A greeting may name anybody."""
    discretion = Discretion()
    discretion.meet("grace.hopper")
    text = "421 grace.hopper and ada@example.org had too many"
    assert discretion.masked(text) == "421 … and a…@example.org had too many"


def test_the_same_words_with_another_number_are_looked_at_still():
    """What comes with every message is quick, and hides nobody."""
    discretion = Discretion()
    discretion.meet("ghopper")
    for number in ("4F2B1A23C4", "4F2B1A23C5"):
        assert discretion.of(f"2.0.0 Ok: queued as {number}").endswith(number)
    assert discretion.of("2.0.0 Ok: queued as ghopper") == "2.0.0 Ok: queued as …"


def test_it_remembers_thousands_and_not_millions():
    """Those met last are known, the first of a long list no longer."""
    discretion = Discretion()
    for number in range(20_000):
        discretion.meet(f"person{number}")
    assert discretion.of("person19999 and person16500") == "… and …"
    assert discretion.of("person1") == "person1"


_LOCALS = st.text("abcdefgh._-", min_size=4, max_size=12).map(lambda s: f"z{s}z")


@given(
    st.lists(_LOCALS, min_size=1, max_size=5),
    st.sampled_from(["{}", "<{}>", "user {} gone", "{}: no", "'{}', sorry", "to {}."]),
)
def test_no_reply_names_whoever_is_in_hand(locals_, form):
    """However it is punctuated and written."""
    discretion = Discretion()
    for local in locals_:
        discretion.meet(local)
    for local in locals_:
        text = form.format(local.upper())
        assert local not in discretion.of(text).lower()
