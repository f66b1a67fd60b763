"""Somebody's word about a campaign stands in its ledger under a name."""

import pytest

from safesend.engine.word import Word
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.runs import this_user
from safesend.policies import Pilot
from safesend.testing.ledger_rows import NOW, PRINT, claimed_rows, live_campaign


@pytest.mark.parametrize("actor", ["ada", None])
def test_an_approval_stands_under_a_name(actor):
    """Without one it is the user's, and the campaign need not have begun."""
    ledger = MemoryLedger()
    Word(ledger, "spring", actor, "looked").approve(b"1" * 32)
    [found] = ledger.consent.approvals(1)
    assert (found.actor, found.reason) == (actor or this_user(), "looked")
    assert ledger.campaigns()[0].name == "spring"


def test_a_pilot_is_released_once():
    """By whoever says so first."""
    ledger = MemoryLedger()
    campaign = live_campaign(ledger, 9)
    assert not Word(ledger, "spring", "ada", "").release()
    ledger.consent.plan_pilot(campaign, Pilot(2), PRINT)
    claimed_rows(ledger, campaign, 9)
    assert Word(ledger, "spring", "ada", "fine").release()
    assert not Word(ledger, "spring", "bo", "").release()
    [order] = ledger.history.chronicle(campaign, NOW).orders
    assert (order.actor, order.reason) == ("ada", "fine")
