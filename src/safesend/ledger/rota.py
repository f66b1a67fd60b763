"""Whose turn it is among the rows that wait, whatever table they are in."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Protocol

import attrs

from safesend.ledger.values import Shares

__all__ = ["Rota", "Waiting", "earliest"]

_VISITS = 4
"""A provider gets at most this part of a claim before the next one has its turn."""


class Waiting(Protocol):
    """The rows of a campaign that wait, as a table gives them; nothing is changed."""

    def again(
        self, limit: int, now: float, held: Collection[str], since: float
    ) -> Iterable[tuple[int, str, float]]:
        """Rows that were put off, by their date, which is from `since` to `now`.

        The id, provider and date of each, without those of providers that are `held`.
        """

    def provider(self, begin: str) -> str | None:
        """The first one with fresh rows from there on, in order of the octets.

        `begin` is "" or a name with a zero octet behind it, which is the next name.
        """

    def fresh(self, provider: str, behind: int, limit: int) -> list[int]:
        """A provider's fresh rows in list order, behind that id."""

    def put_off(self, held: Collection[str]) -> float | None:
        """The earliest date of those put off."""


@attrs.define
class Rota:
    """The turns of one campaign: remembers behind whom the next one begins."""

    begin: str = ""

    def choose(
        self, waiting: Waiting, *, shares: Shares, limit: int, now: float
    ) -> list[int]:
        """The ids of up to `limit` rows that are due."""
        given: Counter[str] = Counter()
        chosen = _again(waiting, shares=shares, limit=limit, now=now, given=given)
        last: dict[str, int] = {}

        def visit(provider: str, most: int) -> int:
            """Take fresh rows of a provider; gives how many there were."""
            share = shares.of(provider, limit) - given[provider]
            room = min(most, limit - len(chosen), share)
            behind = last.get(provider, 0)
            found = [] if room <= 0 else waiting.fresh(provider, behind, room)
            last[provider] = found[-1] if found else behind
            given[provider] += len(found)
            chosen.extend(found)
            return len(found)

        for provider in shares.first:
            visit(provider, limit)
        idle = 0  # visits since somebody had a row; a round of them is the end
        around: set[str] = set()
        while len(chosen) < limit and (idle == 0 or idle <= len(around)):
            turn = self._next(waiting)
            if turn is None:
                break
            around.add(turn)
            idle = 0 if visit(turn, max(1, limit // _VISITS)) else idle + 1
        return chosen

    def _next(self, waiting: Waiting) -> str | None:
        """The provider whose turn it is; after the last one comes the first again."""
        for begin in (self.begin, ""):
            if (found := waiting.provider(begin)) is not None:
                self.begin = _behind(found)
                return found
        return None


def _behind(provider: str) -> str:
    """The next name in order of the octets; a name may be empty."""
    return f"{provider}\0"


def _again(
    waiting: Waiting,
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
        over = set[str]()
        for id_, provider, date in waiting.again(limit + len(chosen), now, full, since):
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


def earliest(waiting: Waiting, held: Collection[str]) -> float | None:
    """The earliest date of a row that waits; those of held providers do not count."""
    begin = ""
    while (provider := waiting.provider(begin)) is not None:
        begin = _behind(provider)
        if provider not in held and waiting.fresh(provider, 0, 1):
            return 0.0
    return waiting.put_off(held)
