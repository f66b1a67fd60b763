"""Campaigns whose time is over, purged by whoever sends with their ledger next."""

from __future__ import annotations

from safesend.errors import ConfigurationError, LedgerError
from safesend.ledger.base import Ledger

__all__ = ["purge_over"]

_WHY = "its retention was over"


def purge_over(ledger: Ledger, current: int, now: float) -> tuple[str, ...]:
    """Purge what is over, but for the current campaign; gives the names.

    What cannot be purged at this moment waits for the next time: a mailing that is done
    does not fail over it.
    """
    names = {record.id: record.name for record in ledger.campaigns()}
    purged: list[str] = []
    for campaign in ledger.persons.over(now):
        if campaign == current:
            continue
        try:
            ledger.persons.purge(campaign, actor="", reason=_WHY, now=now)
        except (ConfigurationError, LedgerError):
            continue
        purged.append(names[campaign])
    if purged:
        ledger.persons.sweep()
    return tuple(purged)
