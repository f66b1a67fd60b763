"""Whose turn it is in PostgreSQL: the rows that the next claim takes, and locks.

Rows that another claim has in hand are passed over, and nobody waits for anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import attrs

from safesend.ledger.postgres.database import SQL, Connection
from safesend.ledger.rota import Rota

__all__ = ["Looking", "Taking", "Turns"]

_AHEAD = 8
"""Providers that are asked for at once: a server may be a millisecond away."""


@attrs.define
class Turns(Rota):
    """The turns of one campaign, and up to which row each provider's are taken.

    An index keeps what was taken until it is cleaned: a claim that began at the first
    row of the list would step over all of it.
    """

    taken: dict[str, int] = attrs.field(factory=dict)

    def look_again(self) -> None:
        """Rows wait again that had been taken."""
        self.taken.clear()


@attrs.frozen
class Looking:
    """See `Waiting`: for somebody who takes nothing."""

    connection: Connection
    campaign: int
    live_upto: int
    _read: list[tuple[str, list[str], bool]] = attrs.field(factory=list, init=False)
    """Providers in turn: from where on, which, and whether these are all behind it."""

    def again(
        self, limit: int, now: float, held: Collection[str], since: float
    ) -> Iterable[tuple[int, str, float]]:
        """See `Waiting.again`; these are locked."""
        asked = (self.campaign, now, limit, sorted(held), since)
        return self.connection.execute(SQL["due_again"], asked).fetchall()

    def provider(self, begin: str) -> str | None:
        """See `Waiting.provider`."""
        for since, names, whole in self._read:
            if since <= begin and (whole or begin <= names[-1]):
                return next((name for name in names if name >= begin), None)
        # PostgreSQL knows no zero octet: the next one comes first behind a name there.
        asked = (self.campaign, begin.replace("\0", "\1"), _AHEAD)
        found = self.connection.execute(SQL["providers"], asked).fetchall()
        names = [name for (name,) in found]
        self._read.append((begin, names, len(names) < _AHEAD))
        return names[0] if names else None

    def fresh(self, provider: str, behind: int, limit: int) -> list[int]:  # noqa: ARG002
        """See `Waiting.fresh`; tells whether there is one."""
        asked = (self.campaign, provider, self.live_upto)
        return [id_ for (id_,) in self.connection.execute(SQL["is_fresh"], asked)]

    def put_off(self, held: Collection[str]) -> float | None:
        """See `Waiting.put_off`."""
        asked = (self.campaign, sorted(held))
        found = self.connection.execute(SQL["next_put_off"], asked).fetchone()
        return None if found is None else float(found[0])


@attrs.frozen
class Taking(Looking):
    """See `Waiting`: for one claim. What it gives is locked until its end."""

    turns: Turns
    _spans: dict[str, list[tuple[int, int]]] = attrs.field(factory=dict, init=False)
    """Where fresh rows of a provider may still be: behind one id, up to another."""

    def fresh(self, provider: str, behind: int, limit: int) -> list[int]:  # noqa: ARG002
        """See `Waiting.fresh`. First those behind what was taken, then what is left."""
        if (spans := self._spans.get(provider)) is None:
            known = self.turns.taken.get(provider, 0)
            spans = [(known, self.live_upto), (0, known)]
            self._spans[provider] = spans
        found: list[int] = []
        while spans and len(found) < limit:
            begin, end = spans[0]
            room = limit - len(found)
            ids = self._between(provider, begin, end, room) if begin < end else []
            found += ids
            spans[:1] = [(ids[-1], end)] if len(ids) == room else []
        if found:
            self.turns.taken[provider] = found[-1]
        return found

    def _between(self, provider: str, behind: int, upto: int, limit: int) -> list[int]:
        asked = (self.campaign, provider, behind, upto, limit)
        return [id_ for (id_,) in self.connection.execute(SQL["fresh_of"], asked)]
