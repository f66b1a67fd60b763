"""States and dates as the tables write them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import attrs

from safesend.errors import CampaignPurged, LedgerError
from safesend.ledger.base import Control, State
from safesend.ledger.database import SQL

__all__ = [
    "CODES",
    "DEFERRED",
    "HOLDER",
    "STATES",
    "Standing",
    "move",
    "standing",
    "sweep_cancelled",
    "unpurged",
]

# The numbers are explained in sql/0001_first.sql; they are never reused.
CODES: Mapping[State, int] = {
    State.DRAFT: 1,
    State.WAITING: 2,
    State.SENDING: 4,
    State.ACCEPTED: 5,
    State.REFUSED: 6,
    State.IN_DOUBT: 7,
    State.CANCELLED: 8,
    State.SUPPRESSED: 9,
    State.EXPIRED: 10,
    State.FAILED: 11,
}
DEFERRED = 3
"""Waiting as well, but tried before or put off."""
STATES: Mapping[int, State] = {
    **{code: state for state, code in CODES.items()},
    DEFERRED: State.WAITING,
}
HOLDER = 1 << 23
"""Added to a run's number in `delivery.holder`."""


@attrs.frozen
class Standing:
    """What a campaign looks like at the start of a transaction."""

    control: Control = attrs.field(converter=Control)
    live_upto: int
    draft: int | None
    """The run that enrols."""
    enrolled: int
    purged: float | None
    name: str


def standing(connection: sqlite3.Connection, campaign: int) -> Standing:
    """How a campaign stands. Raises `LedgerError` when there is none."""
    found = connection.execute(SQL["standing"], (campaign,)).fetchone()
    if found is None:
        raise LedgerError(f"the ledger has no campaign number {campaign}")
    return Standing(*found)


def unpurged(connection: sqlite3.Connection, campaign: int) -> Standing:
    """The same of a campaign that may be changed. Raises `CampaignPurged`."""
    found = standing(connection, campaign)
    if found.purged is not None:
        raise CampaignPurged(found.name, found.purged)
    return found


def move(
    connection: sqlite3.Connection,
    campaign: int,
    number: int,
    source: State | None,
    target: State | None,
) -> None:
    """Book so many rows from one state to another (None: from or to nowhere)."""
    if number and source is not target:
        steps = [(source, -number), (target, number)]
        rows = [(campaign, CODES[at], by) for at, by in steps if at is not None]
        connection.executemany(SQL["move"], rows)


def sweep_cancelled(connection: sqlite3.Connection, campaign: int) -> int:
    """In a cancelled campaign nothing waits; gives how many rows became cancelled."""
    now = standing(connection, campaign)
    if now.control is not Control.CANCEL:
        return 0
    swept = connection.execute(SQL["cancel_fresh"], (campaign, now.live_upto)).rowcount
    swept += connection.execute(SQL["cancel_put_off"], (campaign,)).rowcount
    move(connection, campaign, swept, State.WAITING, State.CANCELLED)
    held = connection.execute(SQL["hold_doubtful"], (campaign,)).rowcount
    move(connection, campaign, held, State.WAITING, State.IN_DOUBT)
    return swept
