"""ledger/memory_contents.py: what campaigns are made of, in memory."""

from __future__ import annotations

import pytest

from safesend.ledger.memory import MemoryLedger
from safesend.testing import ledger_contents as contents


@pytest.mark.parametrize("name", contents.__all__)
def test_it_keeps_its_promises(name):
    """
    As every ledger does.
    """
    getattr(contents, name)(MemoryLedger())
