"""Orders in memory: kept as those in a file are."""

from __future__ import annotations

from safesend.ledger.base import Control
from safesend.ledger.memory import MemoryLedger
from safesend.testing.ledger_rows import NOW, live_campaign


def test_holds_are_in_the_order_of_their_names():
    """However they were given; the latest word for a provider counts."""
    ledger = MemoryLedger()
    campaign = live_campaign(ledger, 3)
    for provider, control in (
        ("yahoo", Control.PAUSE),
        ("google", Control.PAUSE),
        ("web.de", Control.PAUSE),
        ("yahoo", Control.CANCEL),
        ("web.de", Control.RUN),
    ):
        ledger.orders.hold(campaign, provider, control, actor="", reason="", now=NOW)
    holds = ledger.orders.ordered(campaign).holds
    assert [(hold.provider, hold.control) for hold in holds] == [
        ("google", Control.PAUSE),
        ("yahoo", Control.CANCEL),
    ]
