"""testing/ledger_hindsight.py: the promises find a ledger that breaks them."""

from __future__ import annotations

from contextlib import closing

import pytest

from safesend.ledger import open_ledger
from safesend.ledger.hindsight import Hearing
from safesend.testing import ledger_hindsight as promises
from safesend.testing.ledgers import LEDGER_PROMISES


class _Deaf:
    """What a ledger is that hears nothing."""

    def __init__(self, hindsight):
        self._hindsight = hindsight

    def __getattr__(self, name):
        return getattr(self._hindsight, name)

    def hear(self, campaign, news, now):
        """Nothing is kept."""
        return Hearing()


@pytest.mark.parametrize("name", promises.__all__)
def test_a_ledger_that_hears_nothing_is_found_out(name):
    """
    By every promise that is about it; and each is among those that are published.
    """
    promise = getattr(promises, name)
    assert promise in LEDGER_PROMISES
    with closing(open_ledger(":memory:")) as ledger:
        ledger.hindsight = _Deaf(ledger.hindsight)
        with pytest.raises((AssertionError, ValueError, IndexError)):
            promise(ledger)
