"""Arrival times of throttles that machines share: a worker's cells, and its asking.

What lies here is what was given out by the issuer that all workers ask, and no clock of
another machine is compared with one of this. Nothing is given out: nothing goes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

import attrs

from safesend.ledger.cells import AHEAD, Ask, Cells, Grant, Issuer, most_of, slack_of
from safesend.ledger.flow import Paces
from safesend.policies.throttle import Pace

__all__ = ["GrantedArrivals", "Need"]

_ASKING = 0.1
"""Seconds to the next look where cells were asked for and did not come yet."""

_NEAR = 0.05
"""Seconds before a cell's time at which others are asked for that must go with it."""

_SMOOTH = 0.1
"""What the last message counts for in an average."""


@attrs.frozen
class Need:
    """So many rows wait for a throttle."""

    pace: Pace
    rows: int
    beside: float = 0.0
    """Seconds that they may have to wait for others that they need as well."""


@attrs.define
class _Purse:
    """The cells of one throttle."""

    key: str
    cells: deque[Cells] = attrs.field(factory=deque)
    appetite: int = 1
    """So many at a time: more while they are used, fewer when they get stale."""
    drift: float = 0.0
    """Seconds that messages are late, lately."""
    again: float = 0.0
    """There is nothing to be had before that."""

    def ready_at(self, now: float) -> float | None:
        """When its next cell may be used; None: it has none."""
        while self.cells:
            first = self.cells[0]
            if first.lapse(now):
                self.appetite = max(1, self.appetite // 2)
            if first.left:
                return first.at
            self.cells.popleft()
        return None

    def spend(self) -> None:
        """Use the next cell."""
        self.drift += _SMOOTH * (self.cells[0].spend() - self.drift)
        self.appetite += 1

    def number(self, upto: float) -> int:
        """How many cells it has that may be used by then."""
        return sum(
            min(one.left, 1 + int((upto - one.at) / one.step))
            for one in self.cells
            if one.at <= upto
        )

    def all(self, now: float) -> int:
        """How many cells it has."""
        return sum(one.left for one in self.cells) if self.ready_at(now) else 0


@attrs.define
class GrantedArrivals:
    """See `Arrivals`. `issuer` is asked by whoever calls `ask`."""

    issuer: Issuer
    purses: list[_Purse] = attrs.field(factory=list)
    _slots: dict[str, int] = attrs.field(factory=dict)
    _journey: float = 0.0
    """Seconds that answers take, the slow ones remembered for a while."""

    def slot(self, name: str) -> int:
        """See `Arrivals.slot`."""
        if name not in self._slots:
            self._slots[name] = len(self.purses)
            self.purses.append(_Purse(name))
        return self._slots[name]

    def take(self, paces: Paces, now: float) -> int | None:
        """See `Arrivals.take`."""
        for slot, _ in paces:
            at = self.purses[slot].ready_at(now)
            if at is None or at > now:
                return slot
        for slot, _ in paces:
            self.purses[slot].spend()
        return None

    def wait(self, paces: Paces, now: float) -> tuple[float, int]:
        """See `Arrivals.wait`."""
        return max((self._due(slot, now) - now, slot) for slot, _ in paces)

    def near(self, slot: int, now: float) -> int:
        """How many cells of a throttle may be used soon."""
        return self.purses[slot].number(now + _NEAR)

    def asks(self, needs: Mapping[int, Need], now: float) -> list[Ask]:
        """What to ask for, by the slots of the throttles; nothing for most."""
        found = (
            self._ask(self.purses[slot], need, now) for slot, need in needs.items()
        )
        return [ask for ask in found if ask is not None]

    def fed(self, grants: Sequence[Grant], asked: float, got: float) -> bool:
        """Take in the answers; whether something may go that could not before."""
        self._journey = max(got - asked, 0.9 * self._journey)
        news = False
        for grant in grants:
            purse = self.purses[self.slot(grant.ask.key)]
            if grant.number:
                news = news or purse.ready_at(got) is None
                purse.cells.append(Cells.of(grant, asked, got))
            else:
                purse.again = got + grant.begin - grant.now - AHEAD
        return news

    def left(self) -> list[tuple[str, float, float]]:
        """What to give back; the last of each throttle first. It is gone from here."""
        found = [
            one
            for purse in self.purses
            for one in map(Cells.unused, purse.cells)
            if one
        ]
        for purse in self.purses:
            purse.cells.clear()
        return found[::-1]

    def close(self) -> None:
        """Let go of the issuer. May be called twice."""
        self.issuer.close()

    def _due(self, slot: int, now: float) -> float:
        purse = self.purses[slot]
        at = purse.ready_at(now)
        return max(now + _ASKING, purse.again + AHEAD) if at is None else at

    def _ask(self, purse: _Purse, need: Need, now: float) -> Ask | None:
        late = self._journey + need.beside / 2
        most = most_of(need.pace, slack_of(need.pace, late))
        purse.appetite = min(purse.appetite, most)
        wanted = min(need.rows - purse.all(now), purse.appetite)
        if wanted <= 0 or now < purse.again:
            return None
        return Ask.of(purse.key, need.pace, wanted, late, purse.drift)
