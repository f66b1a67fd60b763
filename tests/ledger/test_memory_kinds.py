"""ledger/memory_kinds.py: kinds in memory."""

from __future__ import annotations

import pytest

from safesend.ledger.memory import MemoryLedger
from safesend.testing import ledger_kinds as kinds


@pytest.mark.parametrize(
    "promise", [kinds.what_a_campaign_is_is_kept, kinds.seeds_are_told_apart]
)
def test_it_keeps_its_promises(promise):
    """
    As every ledger does.
    """
    promise(MemoryLedger())
