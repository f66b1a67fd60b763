"""engine/word.py: what a person says of a campaign."""

from __future__ import annotations

from safesend.engine.word import Word
from safesend.ledger.memory import MemoryLedger
from safesend.ledger.runs import this_user


def test_somebody_approves():
    """
    Whoever is named, or the user who runs this.
    """
    ledger = MemoryLedger()
    Word(ledger, "spring", None, "read it").approve(b"one")
    Word(ledger, "spring", "ada", "").approve(b"two")
    [record] = ledger.campaigns()
    said = [(one.actor, one.digest, one.reason) for one in ledger.consent.approvals(1)]
    assert record.name == "spring"
    assert said == [(this_user(), b"one", "read it"), ("ada", b"two", "")]


def test_nobody_waits_for_a_pilot_that_is_none():
    """
    Then there is nobody to be let go.
    """
    assert not Word(MemoryLedger(), "spring", "ada", "").release()
