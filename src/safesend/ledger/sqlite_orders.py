"""Orders as the tables keep them, each with its actor, time and reason."""

from __future__ import annotations

import sqlite3

import attrs

from safesend.ledger.database import SQL, Database
from safesend.ledger.orders import Ordered, ordered_of, refuse_after_the_end
from safesend.ledger.states import sweep_cancelled, unpurged
from safesend.ledger.values import Control
from safesend.redaction import mask_text

__all__ = ["SqliteOrders"]


@attrs.frozen
class SqliteOrders:
    """See `Orders` for what its methods promise."""

    database: Database

    def ordered(self, campaign: int) -> Ordered:
        """See `Orders.ordered`."""
        with self.database.reading() as connection:
            return _ordered(connection, campaign)

    def order(
        self, campaign: int, control: Control, *, actor: str, reason: str, now: float
    ) -> None:
        """See `Ledger.set_control`."""
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            # In this transaction: two people may give orders at once.
            refuse_after_the_end(_ordered(connection, campaign), "", control)
            connection.execute(SQL["set_control"], (campaign, control.value))
            note = (campaign, now, control.value, mask_text(actor), mask_text(reason))
            connection.execute(SQL["note_order"], (*note, ""))
            sweep_cancelled(connection, campaign)

    def hold(
        self,
        campaign: int,
        provider: str,
        control: Control,
        *,
        actor: str,
        reason: str,
        now: float,
    ) -> None:
        """See `Orders.hold`."""
        note = (campaign, now, control.value, mask_text(actor), mask_text(reason))
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            refuse_after_the_end(_ordered(connection, campaign), provider, control)
            if control is Control.RUN:
                connection.execute(SQL["lift_hold"], (campaign, provider))
            else:
                held = (campaign, provider, control.value)
                connection.execute(SQL["set_hold"], held)
            connection.execute(SQL["note_order"], (*note, provider))
            sweep_cancelled(connection, campaign)

    def begin_at(self, campaign: int, date: float, *, actor: str, now: float) -> None:
        """See `Orders.begin_at`."""
        with self.database.writing() as connection:
            unpurged(connection, campaign)
            connection.execute(SQL["set_begins"], (campaign, date))
            note = (campaign, now, "begin", mask_text(actor), f"at {date:.0f}", "")
            connection.execute(SQL["note_order"], note)

    def held_back(self, campaign: int) -> frozenset[str]:
        """See `Orders.held_back`."""
        with self.database.reading() as connection:
            found = connection.execute(SQL["held_back"], (campaign,)).fetchall()
        return frozenset(provider for (provider,) in found)


def _ordered(connection: sqlite3.Connection, campaign: int) -> Ordered:
    found = connection.execute(SQL["ordered"], (campaign,)).fetchall()
    return ordered_of(campaign, found)
