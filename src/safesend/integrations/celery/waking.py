"""What the task `safesend.wake` does: it finds campaigns with something to do.

It reads, and writes nothing: what dead runs have in hand is settled by the pump.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from safesend.ledger.base import CampaignRecord, Control, Ledger, State

__all__ = ["PER_PUMP", "wanting"]

PER_PUMP = 1000
"""Rows that are worth a pump more."""


def wanting(ledger: Ledger, most: int, now: float) -> Iterator[tuple[str, int]]:
    """Campaigns with rows that are due, and how many pumps more each of them wants.

    Those that run already are counted in, so that asking twice makes no crowd.
    """
    for record in ledger.campaigns():
        if record.purged is not None or not record.live:
            continue
        if (number := _wanted(ledger, record, most, now)) > 0:
            yield record.name, number


def _wanted(ledger: Ledger, record: CampaignRecord, most: int, now: float) -> int:
    counts = ledger.counts(record.id)
    waiting = counts.get(State.WAITING, 0)
    held = counts.get(State.SENDING, 0)
    if not waiting and not held:
        return 0
    senders = ledger.sight.senders(record.id, now)
    alive = sum(sender.alive for sender in senders)
    orphaned = bool(held) and not alive
    if not orphaned and not _is_due(ledger, record, now):
        return 0
    if ledger.contents.manifest(record.id) is None:
        return 0  # enrolled by a `send` that keeps its letter to itself
    return min(most, max(1, math.ceil(waiting / PER_PUMP))) - alive


def _is_due(ledger: Ledger, record: CampaignRecord, now: float) -> bool:
    if ledger.control(record.id) is not Control.RUN:
        return False
    due = ledger.next_due(record.id)
    return due is not None and due <= now
