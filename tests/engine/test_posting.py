"""engine/posting.py: what a call of `send` needs is opened, and closed again."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import pytest

from engine.fleet import people, plan
from safesend.clock import SYSTEM
from safesend.engine.options import Options
from safesend.engine.posting import post
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.postgres.clock import ServerClock
from safesend.transports import MemoryTransport

OPTIONS = Options(give_up_after="2d", confirm_changes=False)


def _post(ledger, planned=None, options=OPTIONS, transport=None):
    transport = transport or MemoryTransport()
    planned = planned or (lambda _: plan(people(3)))
    kept = (ledger, "test")
    return asyncio.run(post(planned, transport, kept, None, options))


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


class Ahead(MemoryLedger):
    """Those who work on it have a clock that is an hour ahead of this machine's."""

    def clock(self, own):
        clock = ServerClock(own)
        clock.told(own.now() + 3600, own.monotonic())
        return clock


def test_dates_are_of_the_clock_of_the_ledger():
    """
    That of the message, by which the call returns, and those that are kept.
    """
    ledger, transport = Ahead(), MemoryTransport()
    options = Options(give_up_after="2d", confirm_changes=False, deadline=60)
    report = _post(ledger, options=options, transport=transport)
    assert report.accepted == 3
    message = message_from_bytes(transport.messages[0].content)
    date = parsedate_to_datetime(message["Date"]).timestamp()
    assert abs(date - SYSTEM.now() - 3600) < 120
    [run] = ledger.history.chronicle(1, date).runs
    assert abs(run.started - SYSTEM.now() - 3600) < 120
