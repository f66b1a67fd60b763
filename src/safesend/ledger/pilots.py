"""The rows of a pilot: which they are, and whose turn it is among them.

They are few, so they are read in one piece between the first and the last of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

import attrs

from safesend.ledger.consent import PilotRecord
from safesend.ledger.database import SQL
from safesend.ledger.piloted import chosen, fared, planned
from safesend.ledger.values import Shares
from safesend.policies.pilot import PilotSeen

__all__ = ["Span", "begun_pilot", "held_to", "pilot_of"]


@attrs.frozen
class Span:
    """Between these two rows of a campaign lie all of its pilot."""

    campaign: int
    first: int
    last: int

    def choose(
        self,
        connection: sqlite3.Connection,
        *,
        shares: Shares,
        limit: int,
        now: float,
    ) -> list[int]:
        """The ids of up to `limit` rows that are due; nothing is changed."""
        due = connection.execute(SQL["due_of_pilot"], (*self._at, now))
        return chosen(due, shares, limit)

    def next_due(
        self, connection: sqlite3.Connection, held: Collection[str]
    ) -> float | None:
        """The earliest date of a row that waits; held providers do not count."""
        asked = (*self._at, json.dumps(sorted(held)))
        (date,) = connection.execute(SQL["next_of_pilot"], asked).fetchone()
        return None if date is None else float(date)

    def seen(self, connection: sqlite3.Connection, begun: float) -> PilotSeen:
        """How they fared."""
        found = connection.execute(SQL["pilot_states"], self._at).fetchall()
        return fared(found, begun)

    def leave(self, connection: sqlite3.Connection) -> None:
        """They are of no pilot any more."""
        connection.execute(SQL["leave_pilot"], self._at)

    @property
    def _at(self) -> tuple[int, int, int]:
        return self.campaign, self.first, self.last


def pilot_of(
    connection: sqlite3.Connection, campaign: int
) -> tuple[PilotRecord, Span | None] | None:
    """The pilot that was planned, if there was one; its rows, if it ever began."""
    found = connection.execute(SQL["pilot"], (campaign,)).fetchone()
    if (known := planned(found)) is None:
        return None
    record, span = known
    return record, None if span is None else Span(campaign, *span)


def held_to(connection: sqlite3.Connection, campaign: int) -> Span | None:
    """The rows of a pilot that has begun and is not over."""
    found = pilot_of(connection, campaign)
    return found[1] if found is not None and found[0].holds else None


def begun_pilot(
    connection: sqlite3.Connection, campaign: int, live_upto: int, now: float
) -> Span | None:
    """The rows that may be claimed, where a pilot holds the others; begins it if due.

    In the transaction of a claim: however many processes there are, it begins once.
    """
    found = pilot_of(connection, campaign)
    if found is None or found[0].over is not None:
        return None
    record, before = found
    if record.holds:
        return before
    most = record.terms.first
    people = _people(connection, campaign, live_upto, most + 1)
    if len(people) <= most:
        connection.execute(SQL["needless_pilot"], (campaign, now))
        return None
    if before is not None:
        before.leave(connection)
    people = people[:most]
    # The sender's own mailboxes among them are there to be looked at.
    seeds = _waiting(connection, campaign, max(people), -1, kind=1)
    span = Span(campaign, min([*people, *seeds]), max(people))
    connection.execute(SQL["join_pilot"], (json.dumps(people + seeds),))
    connection.execute(SQL["begin_pilot"], (campaign, now, span.first, span.last))
    return span


def _people(
    connection: sqlite3.Connection, campaign: int, upto: int, most: int
) -> list[int]:
    """Up to so many who wait, in list order: those who were tried before come last."""
    found = _waiting(connection, campaign, upto, most)
    rest = most - len(found)
    return found + _waiting(connection, campaign, upto, rest, tried=True)


def _waiting(
    connection: sqlite3.Connection,
    campaign: int,
    upto: int,
    most: int,
    *,
    kind: int = 0,
    tried: bool = False,
) -> list[int]:
    asked = (campaign, upto, most, kind, tried)
    return [id_ for (id_,) in connection.execute(SQL["first_waiting"], asked)]
