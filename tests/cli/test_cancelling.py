"""cli/cancelling.py: what is left of a mailing that was cancelled."""

from __future__ import annotations

import pytest

from safesend.cli.cancelling import account, settled
from safesend.ledger.base import Control, Result, State
from safesend.ledger.memory import MemoryLedger
from safesend.testing.ledger_rows import NOW, ask_for, claimed_rows, live_campaign


def _cancelled(on_the_wire):
    """A cancelled campaign of six, of which some are on the wire."""
    ledger = MemoryLedger()
    campaign = live_campaign(ledger, 6, providers=("google", "yahoo"))
    run, rows = claimed_rows(ledger, campaign, on_the_wire)
    ask_for(ledger, campaign, Control.CANCEL)
    return ledger, campaign, run, rows


@pytest.mark.parametrize("provider", ["", "google"])
def test_what_is_on_the_wire_is_waited_for(provider):
    """Each time that the number changes it is told."""
    ledger, campaign, run, rows = _cancelled(4)
    left = [row for row in rows if provider in {"", row.provider}]
    told = []

    def tell(sending):
        told.append(sending)
        one = left.pop()
        ledger.record(run, [Result(one.id, State.ACCEPTED, code=250)], NOW)

    counts = settled(ledger, campaign, provider, tell)
    if provider:
        assert counts == {State.ACCEPTED: 2, State.CANCELLED: 1}
        assert told == [2, 1]
    else:
        assert counts == {State.ACCEPTED: 4, State.CANCELLED: 2}
        assert told == [4, 3, 2, 1]


def test_it_is_not_waited_for_ever():
    """Then the counts are what they are."""
    ledger, campaign, _, _ = _cancelled(1)
    counts = settled(ledger, campaign, "", lambda _: None, patience=0.2)
    assert counts == {State.SENDING: 1, State.CANCELLED: 5}
    lines = list(account(counts))
    assert lines[-1].startswith("1 person may still be on the wire")


def test_a_provider_without_rows_has_no_counts():
    """And nobody has it."""
    ledger, campaign, _, _ = _cancelled(1)
    counts = settled(ledger, campaign, "apple", lambda _: None)
    assert list(account(counts)) == ["Nothing had left: nobody has it."]


def test_what_was_refused_reached_nobody():
    """So nothing has to be called back."""
    lines = list(account({State.REFUSED: 2, State.CANCELLED: 1200}))
    assert lines == [
        "No server accepted any of it: nobody has it.",
        "          2  refused by the mail server",
        "      1,200  cancelled",
    ]
