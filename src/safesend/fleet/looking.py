"""Which campaigns of a ledger have something to do, and whether it can be done."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import attrs

from safesend.clock import SYSTEM
from safesend.ledger import open_ledger
from safesend.ledger.base import CampaignRecord, Control, Ledger, State

__all__ = ["Chance", "Looked", "look"]


@attrs.frozen(kw_only=True)
class Chance:
    """A campaign that is live. `due`: when its next row is (None: none waits)."""

    record: CampaignRecord
    kept: bool
    """Whether the ledger holds its letter."""
    due: float | None
    held: bool = False
    """Whether rows wait, and somebody paused it."""
    in_hand: bool = attrs.field(default=False, eq=False)
    """Whether runs that are at work have rows of it in hand. With each batch of theirs
    it is another, which is no news."""


@attrs.frozen
class Looked:
    """All chances, the oldest first, and the date in the ledger's own time."""

    chances: list[Chance]
    now: float


def look(place: str, key_home: Path | None, campaign: str | None) -> Looked:
    """What may be meant. Raises what opening a ledger raises."""
    with closing(open_ledger(place, key_home=key_home)) as book:
        now = book.clock(SYSTEM).now()
        chances = [
            _chance(book, one, now)
            for one in book.campaigns()
            if one.live and one.purged is None and campaign in {None, one.name}
        ]
    return Looked(chances, now)


def _chance(book: Ledger, record: CampaignRecord, now: float) -> Chance:
    in_hand = State.SENDING in book.counts(record.id)
    if in_hand:
        # Perhaps somebody died with rows in hand.
        book.recover(record.id, now)
        in_hand = State.SENDING in book.counts(record.id)
    due = book.next_due(record.id)
    return Chance(
        record=record,
        kept=book.contents.manifest(record.id) is not None,
        due=due if record.control is Control.RUN else None,
        held=record.control is Control.PAUSE and due is not None,
        in_hand=in_hand,
    )
