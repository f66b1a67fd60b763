"""testing/ledger_contents.py: it notices a ledger that mixes contents up."""

from __future__ import annotations

import pytest

from safesend.ledger.memory import MemoryLedger
from safesend.ledger.memory_contents import MemoryContents
from safesend.testing import ledger_contents as contents


class _Forgetful(MemoryContents):
    """Keeps nothing."""

    def keep(self, campaign, manifest, parts):
        """Heard, and forgotten."""


class _Hoarding(MemoryContents):
    """Lets go of nothing, whatever is purged."""

    def keep(self, campaign, manifest, parts):
        """Beside what is there."""
        drawer = self.drawers[campaign]
        drawer.content = [manifest, *parts, *drawer.content]


@pytest.mark.parametrize(
    ("promise", "kind"),
    [
        (contents.a_campaign_is_what_was_kept_last, _Forgetful),
        (contents.what_two_campaigns_share_stays, _Hoarding),
        (contents.a_part_is_what_its_name_says, _Forgetful),
        (contents.a_purge_ends_what_a_campaign_is, _Hoarding),
    ],
)
def test_a_broken_promise_is_noticed(promise, kind):
    """
    A ledger that does the wrong thing fails the promise that is about it.
    """
    ledger = MemoryLedger()
    own = ledger.contents
    ledger.contents = kind(own.drawers, own.drawer, own.unpurged)
    with pytest.raises((AssertionError, KeyError)):
        promise(ledger)
    promise(MemoryLedger())
