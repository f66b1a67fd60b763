"""checks/allowance.py: what a sender lets pass, by name and for a reason."""

from __future__ import annotations

import pytest

from safesend.checks.allowance import Allow, allowances, find_allowance
from safesend.errors import ConfigurationError, Leak

KNOWN = ["L21", "L23"]


def test_texts_and_values_are_taken():
    """Alone or in a list."""
    expected = (Allow("L23", "formulas only"),)
    assert allowances("L23: formulas only", KNOWN) == expected
    assert allowances(["L23: formulas only"], KNOWN) == expected
    assert allowances(Allow("L23", "formulas only"), KNOWN) == expected
    assert allowances((), KNOWN) == ()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("L23", "write the check and the reason"),
        ("L23:  ", "give a reason"),
        ("I3: they know each other", "declared with public="),
        ("L99: what", "L21, L23"),
        (7, "is a list"),
        ([7], "not a int"),
    ],
)
def test_anything_else_is_refused(given, reason):
    """With what to write instead."""
    with pytest.raises(ConfigurationError, match=reason):
        allowances(given, KNOWN)


def test_a_check_is_a_text():
    """As in every other setting."""
    with pytest.raises(ConfigurationError, match="check is a text"):
        Allow(23, "why")


def test_it_covers_a_check_at_a_place():
    """Everywhere, or where its place is part of the leak's."""
    leak = Leak("L23", "attachment 'prices.xlsx'", "the sheet 'raw' is hidden")
    here = Allow("L23", "formulas", place="prices.xlsx")
    assert here.covers(leak)
    assert not Allow("L23", "formulas", place="other.xlsx").covers(leak)
    assert not Allow("L21", "formulas").covers(leak)
    assert find_allowance([Allow("L21", "x"), here], leak) is here
    assert find_allowance([], leak) is None


def test_no_reason_shows_an_address():
    """Neither printed nor in its repr."""
    allow = Allow("L21", "agreed with ada@example.org", place="staff.csv")
    assert str(allow) == "L21 in staff.csv: agreed with a…@example.org"
    assert "ada@" not in repr(allow)
