"""States and dates as the tables write them."""

from __future__ import annotations

import json
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
    "held_of",
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


def held_of(holds: str) -> frozenset[str]:
    """The providers on hold, as the statements give them: a JSON array."""
    return frozenset() if holds == "[]" else frozenset(json.loads(holds))


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
    begins: float = 0.0
    held: frozenset[str] = attrs.field(default="[]", converter=held_of)
    """Providers whose mail is paused or cancelled."""


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


_ALL_OF_IT = ("cancel_fresh", "cancel_put_off", "hold_doubtful")
_OF_A_PROVIDER = ("cancel_fresh_of", "cancel_put_off_of", "hold_doubtful_of")


def sweep_cancelled(connection: sqlite3.Connection, campaign: int) -> int:
    """What was cancelled waits no more; gives how many rows became cancelled.

    In a cancelled campaign that is every row, else those of cancelled providers.
    """
    now = standing(connection, campaign)
    if now.control is Control.CANCEL:
        return _sweep(connection, campaign, now.live_upto, _ALL_OF_IT)
    if not now.held:
        return 0
    found = connection.execute(SQL["cancelled_providers"], (campaign,)).fetchall()
    return sum(
        _sweep(connection, campaign, now.live_upto, _OF_A_PROVIDER, *provider)
        for provider in found
    )


def _sweep(
    connection: sqlite3.Connection,
    campaign: int,
    live_upto: int,
    queries: tuple[str, str, str],
    *provider: str,
) -> int:
    fresh, put_off, doubtful = (SQL[name] for name in queries)
    swept = connection.execute(fresh, (campaign, live_upto, *provider)).rowcount
    swept += connection.execute(put_off, (campaign, *provider)).rowcount
    move(connection, campaign, swept, State.WAITING, State.CANCELLED)
    held = connection.execute(doubtful, (campaign, *provider)).rowcount
    move(connection, campaign, held, State.WAITING, State.IN_DOUBT)
    return swept
