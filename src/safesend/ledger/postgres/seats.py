"""Seats of a fleet, as PostgreSQL keeps them by its own clock."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import attrs

from safesend.ledger.postgres.database import SQL, Database, again

__all__ = ["PostgresSeats"]


@attrs.define
class PostgresSeats:
    """See `Seats`."""

    database: Database

    @again
    def take(self, key: str, most: int, holder: uuid.UUID, seconds: float) -> bool:
        """See `Seats.take`."""
        asked = (key, most, holder, seconds)
        with self.database.writing() as connection:
            return connection.execute(SQL["take_seat"], asked).rowcount > 0

    @again
    def renew(self, holders: Sequence[uuid.UUID], seconds: float) -> set[uuid.UUID]:
        """See `Seats.renew`."""
        with self.database.writing() as connection:
            found = connection.execute(SQL["renew_seats"], ([*holders], seconds))
            return {holder for (holder,) in found.fetchall()}

    @again
    def leave(self, holder: uuid.UUID) -> None:
        """See `Seats.leave`."""
        with self.database.writing(durable=False) as connection:
            connection.execute(SQL["leave_seat"], (holder,))
