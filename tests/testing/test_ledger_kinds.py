"""testing/ledger_kinds.py: it notices a ledger that mixes things up."""

from __future__ import annotations

import pytest

from safesend.ledger.memory import MemoryLedger
from safesend.ledger.memory_kinds import MemoryKinds
from safesend.testing import ledger_kinds as kinds


class _Blind(MemoryKinds):
    """Takes everything for a mailing to a list."""

    def describe(self, *_):
        """Heard, and forgotten."""

    def seeds(self, campaign):
        """No row is one."""
        return {}


class Blind(MemoryLedger):
    """A ledger that tells nothing apart."""

    def __init__(self):
        super().__init__()
        self.kinds = _Blind(self._drawers)


@pytest.mark.parametrize(
    "promise", [kinds.what_a_campaign_is_is_kept, kinds.seeds_are_told_apart]
)
def test_a_broken_promise_is_noticed(promise):
    """
    A ledger that does the wrong thing fails the promise that is about it.
    """
    with pytest.raises(AssertionError):
        promise(Blind())
    promise(MemoryLedger())
