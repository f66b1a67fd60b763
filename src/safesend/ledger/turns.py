"""Whose turn it is: the rows that the next claim takes."""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Collection

import attrs

from safesend.ledger.base import Shares
from safesend.ledger.database import SQL

__all__ = ["Turns", "next_due"]

_VISITS = 4
"""A provider gets at most this part of a claim before the next one has its turn."""


@attrs.define
class Turns:
    """The turns of one campaign: remembers behind whom the next one begins."""

    begin: str = ""

    def choose(
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
        given: Counter[str] = Counter()
        chosen = _again(
            connection, campaign, shares=shares, limit=limit, now=now, given=given
        )
        last: dict[str, int] = {}

        def visit(provider: str, most: int) -> int:
            """Take fresh rows of a provider; gives how many there were."""
            share = shares.of(provider, limit) - given[provider]
            room = min(most, limit - len(chosen), share)
            asked = (campaign, provider, last.get(provider, 0), live_upto, room)
            ids = [] if room <= 0 else connection.execute(SQL["fresh_of"], asked)
            found = [id_ for (id_,) in ids]
            last[provider] = found[-1] if found else last.get(provider, 0)
            given[provider] += len(found)
            chosen.extend(found)
            return len(found)

        for provider in shares.first:
            visit(provider, limit)
        idle = 0  # visits since somebody had a row; a round of them is the end
        around: set[str] = set()
        while len(chosen) < limit and (idle == 0 or idle <= len(around)):
            turn = self._next(connection, campaign)
            if turn is None:
                break
            around.add(turn)
            idle = 0 if visit(turn, max(1, limit // _VISITS)) else idle + 1
        return chosen

    def _next(self, connection: sqlite3.Connection, campaign: int) -> str | None:
        """The provider whose turn it is; after the last one comes the first again."""
        for begin in (self.begin, ""):
            found = _provider_from(connection, campaign, begin)
            if found is not None:
                self.begin = _behind(found)
                return found
        return None


def _provider_from(
    connection: sqlite3.Connection, campaign: int, begin: str
) -> str | None:
    asked = (campaign, begin)
    found = connection.execute(SQL["next_provider"], asked).fetchone()
    return None if found is None else str(found[0])


def _behind(provider: str) -> str:
    """The next name in order of the octets; a name may be empty."""
    return f"{provider}\0"


def _again(
    connection: sqlite3.Connection,
    campaign: int,
    *,
    shares: Shares,
    limit: int,
    now: float,
    given: Counter[str],
) -> list[int]:
    """Rows that were put off and are due, each provider up to its share."""
    chosen: dict[int, None] = {}
    full: Collection[str] = shares.held
    since = -math.inf
    while len(chosen) < limit:
        asked = (campaign, now, limit + len(chosen), json.dumps(sorted(full)), since)
        over = set[str]()
        for id_, provider, date in connection.execute(SQL["due_again"], asked):
            since = date
            if id_ in chosen or len(chosen) == limit:
                continue
            if given[provider] < shares.of(provider, limit):
                given[provider] += 1
                chosen[id_] = None
            else:
                over.add(provider)
        if not over:
            break
        # Asked again without those that have their share, for the rows behind theirs;
        # those before that date were looked at.
        full = {*full, *over}
    return list(chosen)


def next_due(
    connection: sqlite3.Connection, campaign: int, live_upto: int, held: Collection[str]
) -> float | None:
    """The earliest date of a row that waits; those of held providers do not count."""
    begin = ""
    while (provider := _provider_from(connection, campaign, begin)) is not None:
        begin = _behind(provider)
        asked = (campaign, provider, 0, live_upto, 1)
        if (
            provider not in held
            and connection.execute(SQL["fresh_of"], asked).fetchone()
        ):
            return 0.0
    asked_again = (campaign, json.dumps(sorted(held)))
    found = connection.execute(SQL["next_put_off"], asked_again).fetchone()
    return None if found is None else float(found[0])
