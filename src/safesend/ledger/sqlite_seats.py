"""Seats of the processes of one machine, as SQLite keeps them by its clock."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import attrs

from safesend.clock import SYSTEM
from safesend.ledger.database import SQL, Database

__all__ = ["SqliteSeats"]


@attrs.define
class SqliteSeats:
    """See `Seats`."""

    database: Database

    def take(self, key: str, most: int, holder: uuid.UUID, seconds: float) -> bool:
        """See `Seats.take`."""
        now = SYSTEM.now()
        with self.database.writing(durable=False) as connection:
            found = connection.execute(SQL["taken_seats"], (key, now)).fetchall()
            free = sorted(set(range(1, most + 1)) - {number for (number,) in found})
            if len(found) >= most or not free:
                return False
            seat = (key, free[0], holder.bytes, now + seconds)
            connection.execute(SQL["take_seat"], seat)
        return True

    def renew(self, holders: Sequence[uuid.UUID], seconds: float) -> set[uuid.UUID]:
        """See `Seats.renew`."""
        now = SYSTEM.now()
        with self.database.writing(durable=False) as connection:
            return {
                one
                for one in holders
                if connection.execute(
                    SQL["renew_seat"], (one.bytes, now, now + seconds)
                ).rowcount
            }

    def leave(self, holder: uuid.UUID) -> None:
        """See `Seats.leave`."""
        with self.database.writing(durable=False) as connection:
            connection.execute(SQL["leave_seat"], (holder.bytes,))
