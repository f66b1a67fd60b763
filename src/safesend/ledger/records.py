"""What a ledger tells of a campaign and of a row, from what its tables hold."""

from __future__ import annotations

from typing import Any

from safesend.ledger.heard import Word
from safesend.ledger.states import STATES
from safesend.ledger.values import Account, CampaignRecord, Control

__all__ = ["account_of", "campaign_of"]


def campaign_of(row: tuple[Any, ...]) -> CampaignRecord:
    """A campaign, of the columns of the statement `campaigns`."""
    id_, name, live, enrolled, fingerprint, control, reason, *kept = row
    order = (Control(control), reason or "")
    return CampaignRecord(id_, name, bool(live), enrolled, fingerprint, *order, *kept)


def account_of(row: tuple[Any, ...], heard: tuple[Word, ...]) -> Account:
    """A row, of the columns of the statement `account`, and what was heard of it."""
    code, attempts, last_tried, stage, reply, enhanced, text = row
    said = (stage or "", reply, enhanced, text or "", heard)
    return Account(STATES[code], attempts, last_tried, *said)
