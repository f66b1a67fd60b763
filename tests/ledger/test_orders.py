"""What people order, as values."""

from __future__ import annotations

import pytest

from safesend.ledger.base import Control
from safesend.ledger.orders import Hold, Ordered

_GOOGLE = Hold("google", Control.PAUSE, "a bounce", "ada", 5.0)


def test_nothing_is_held_where_nobody_said_so():
    """By default a campaign runs, and runs at once."""
    assert Ordered().stops() == ()
    assert Ordered().held == frozenset()
    assert Ordered().begins == 0


def test_a_provider_is_held_alone():
    """The campaign as a whole goes on."""
    ordered = Ordered(holds=(_GOOGLE,))
    assert ordered.stops() == (_GOOGLE,)
    assert ordered.held == {"google"}


@pytest.mark.parametrize("control", [Control.PAUSE, Control.CANCEL])
def test_what_holds_for_all_comes_first(control):
    """Then its providers, each with its own words."""
    ordered = Ordered(control, "wrong day", "bob", 7.0, holds=(_GOOGLE,))
    whole = Hold("", control, "wrong day", "bob", 7.0)
    assert ordered.stops() == (whole, _GOOGLE)
