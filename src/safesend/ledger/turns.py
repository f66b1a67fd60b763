"""Whose turn it is in an SQLite file: the rows that the next claim takes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable

import attrs

from safesend.ledger.base import Shares
from safesend.ledger.database import SQL
from safesend.ledger.rota import Rota, earliest

__all__ = ["Turns", "next_due"]


@attrs.define
class Turns(Rota):
    """The turns of one campaign; see `Rota`."""

    def choose_from(
        self,
        connection: sqlite3.Connection,
        campaign: int,
        live_upto: int,
        *,
        shares: Shares,
        limit: int,
        now: float,
    ) -> list[int]:
        """The ids of up to `limit` rows that are due; nothing is changed."""
        waiting = _Waiting(connection, campaign, live_upto)
        return self.choose(waiting, shares=shares, limit=limit, now=now)


@attrs.frozen
class _Waiting:
    """See `Waiting`."""

    connection: sqlite3.Connection
    campaign: int
    live_upto: int

    def again(
        self, limit: int, now: float, held: Collection[str], since: float
    ) -> Iterable[tuple[int, str, float]]:
        asked = (self.campaign, now, limit, json.dumps(sorted(held)), since)
        return self.connection.execute(SQL["due_again"], asked)

    def provider(self, begin: str) -> str | None:
        asked = (self.campaign, begin)
        found = self.connection.execute(SQL["next_provider"], asked).fetchone()
        return None if found is None else str(found[0])

    def fresh(self, provider: str, behind: int, limit: int) -> list[int]:
        asked = (self.campaign, provider, behind, self.live_upto, limit)
        return [id_ for (id_,) in self.connection.execute(SQL["fresh_of"], asked)]

    def put_off(self, held: Collection[str]) -> float | None:
        asked = (self.campaign, json.dumps(sorted(held)))
        found = self.connection.execute(SQL["next_put_off"], asked).fetchone()
        return None if found is None else float(found[0])


def next_due(
    connection: sqlite3.Connection, campaign: int, live_upto: int, held: Collection[str]
) -> float | None:
    """The earliest date of a row that waits; those of held providers do not count."""
    return earliest(_Waiting(connection, campaign, live_upto), held)
