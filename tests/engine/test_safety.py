"""engine/safety.py: what a sender tells the checks, as it was given."""

from __future__ import annotations

import pytest

from safesend import Allow
from safesend.engine.safety import allowed, columns, pairs
from safesend.errors import ConfigurationError


def test_columns_are_a_list_of_names():
    """In their order."""
    assert columns(["account", "room"]) == ("account", "room")


def test_one_pair_or_several():
    """A pair of texts is one pair."""
    assert pairs(("a", "b")) == (("a", "b"),)
    assert pairs([("a", "b"), ["c", "d"]]) == (("a", "b"), ("c", "d"))
    assert pairs(()) == ()


def test_what_is_allowed_is_one_that_can_be():
    """Given as text or value."""
    assert allowed(["L23: formulas only"]) == (Allow("L23", "formulas only"),)


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (columns, "account"),
        (columns, [7]),
        (columns, None),
        (pairs, "ab"),
        (pairs, [("a", "b", "c")]),
        (pairs, [("a", 7)]),
        (pairs, ["ab"]),
        (allowed, ["I3: they know each other"]),
        (allowed, 7),
    ],
)
def test_anything_else_is_refused(read, given):
    """With an example of what to write."""
    with pytest.raises(ConfigurationError):
        read(given)
