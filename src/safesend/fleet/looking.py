"""Which campaigns of a ledger have something to do, and whether it can be done."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import attrs

from safesend.clock import SYSTEM
from safesend.ledger import open_ledger
from safesend.ledger.base import CampaignRecord, Control, Ledger, State

__all__ = ["Chance", "look"]


@attrs.frozen(kw_only=True)
class Chance:
    """A campaign that is live. `due`: when its next row is (None: none waits)."""

    record: CampaignRecord
    kept: bool
    """Whether the ledger holds its letter."""
    due: float | None


def look(place: str, key_home: Path | None, campaign: str | None) -> list[Chance]:
    """All that may be meant, the oldest first. Raises what opening a ledger raises."""
    with closing(open_ledger(place, key_home=key_home)) as book:
        return [
            _chance(book, one)
            for one in book.campaigns()
            if one.live and one.purged is None and campaign in {None, one.name}
        ]


def _chance(book: Ledger, record: CampaignRecord) -> Chance:
    if State.SENDING in book.counts(record.id):
        # Perhaps somebody died with rows in hand.
        book.recover(record.id, SYSTEM.now())
    halted = record.control is not Control.RUN
    return Chance(
        record=record,
        kept=book.contents.manifest(record.id) is not None,
        due=None if halted else book.next_due(record.id),
    )
