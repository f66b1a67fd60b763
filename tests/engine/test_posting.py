"""engine/posting.py: what a call of `send` needs is opened, and closed again."""

from __future__ import annotations

import asyncio

import pytest

from engine.fleet import people, plan
from safesend.engine.options import Options
from safesend.engine.posting import post
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.transports import MemoryTransport

OPTIONS = Options(give_up_after="2d", confirm_changes=False)


def _post(ledger, planned=None):
    transport = MemoryTransport()
    planned = planned or (lambda _: plan(people(3)))
    kept = (ledger, "test")
    return asyncio.run(post(planned, transport, kept, None, OPTIONS))


def test_a_ledger_that_was_opened_here_is_closed(tmp_path):
    """
    One that was given open stays so; the report can be joined with both.
    """
    report = _post(tmp_path / "x.db")
    assert (report.accepted, len(list(report.outcomes(people(3))))) == (3, 3)
    given = open_ledger(tmp_path / "y.db")
    assert _post(given).accepted == 3
    assert given.campaigns()[0].name == "test"
    given.close()
    with pytest.raises(LedgerError):
        _post(given)


def test_the_plan_is_made_for_the_carrier():
    """
    Whatever header it knows messages again by.
    """
    asked = []

    def planned(header):
        asked.append(header)
        return plan(people(1))

    assert _post(":memory:", planned).accepted == 1
    assert asked == [None]
