"""How a campaign stands, and how its rows are counted, in PostgreSQL.

Numbers and meanings are those of `safesend.ledger.states`.
"""

from __future__ import annotations

from collections.abc import Mapping

from safesend.errors import CampaignPurged, LedgerError
from safesend.ledger.base import Control, State
from safesend.ledger.postgres.database import SQL, Connection
from safesend.ledger.states import CODES, Standing

__all__ = ["move", "moves", "standing", "sweep_cancelled", "unpurged"]


def standing(connection: Connection, campaign: int) -> Standing:
    """How a campaign stands. Raises `LedgerError` when there is none."""
    found = connection.execute(SQL["standing"], (campaign,)).fetchone()
    if found is None:
        raise LedgerError(f"the ledger has no campaign number {campaign}")
    return Standing(*found)


def unpurged(connection: Connection, campaign: int) -> Standing:
    """The same of a campaign that may be changed. Raises `CampaignPurged`."""
    found = standing(connection, campaign)
    if found.purged is not None:
        raise CampaignPurged(found.name, found.purged)
    return found


def move(
    connection: Connection,
    campaign: int,
    number: int,
    source: State | None,
    target: State | None,
) -> None:
    """Book so many rows from one state to another (None: from or to nowhere)."""
    if number and source is not target:
        steps = [(source, -number), (target, number)]
        moves(connection, campaign, {at: by for at, by in steps if at is not None})


def moves(connection: Connection, campaign: int, by: Mapping[State, int]) -> None:
    """Add these numbers to those of the states."""
    changed = {CODES[state]: number for state, number in by.items() if number}
    if changed:
        numbers = ([*changed], [*changed.values()])
        connection.execute(SQL["move"], (campaign, connection.slot, *numbers))


_ALL_OF_IT = ("cancel_fresh", "cancel_put_off", "hold_doubtful")
_OF_A_PROVIDER = ("cancel_fresh_of", "cancel_put_off_of", "hold_doubtful_of")


def sweep_cancelled(connection: Connection, campaign: int) -> int:
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
    connection: Connection,
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
