"""ledger/memory_hindsight.py: what is heard afterwards."""

from __future__ import annotations

from contextlib import closing

import pytest

from safesend.ledger import open_ledger
from safesend.testing import ledger_hindsight as hindsight

_PROMISES = [getattr(hindsight, name) for name in hindsight.__all__]


@pytest.mark.parametrize("promise", _PROMISES)
def test_it_keeps_its_promises(promise):
    """
    As every ledger does.
    """
    with closing(open_ledger(":memory:")) as ledger:
        promise(ledger)
