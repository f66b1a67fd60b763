"""What is heard of messages afterwards, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import attrs

from safesend.ledger.drawer import Drawer, Entry
from safesend.ledger.heard import CAME_BACK, Heard, in_order
from safesend.ledger.hindsight import (
    Hearing,
    RowNews,
    RowSeen,
    fate_of,
    is_settled_by,
    only_new,
)
from safesend.ledger.history import Order
from safesend.ledger.own_suppressions import OwnSuppressions
from safesend.ledger.replies import short
from safesend.ledger.values import State

__all__ = ["MemoryHindsight"]


@attrs.frozen
class MemoryHindsight:
    """See `Hindsight` for what its methods promise.

    `drawer` and `unpurged` give the rows of a campaign, `order` keeps who did what;
    `drawers` are those of all campaigns.
    """

    drawer: Callable[[int], Drawer]
    unpurged: Callable[[int], Drawer]
    suppressions: OwnSuppressions
    order: Callable[[int, Order], None]
    drawers: Mapping[int, Drawer]

    def pages(self, campaign: int) -> Iterator[Sequence[tuple[int, bytes]]]:
        """See `Hindsight.pages`."""
        rows = self.drawer(campaign).rows.values()
        if rows:
            yield [(entry.id, entry.digest) for entry in rows]

    def look(self, campaign: int, rows: Collection[int]) -> Mapping[int, RowSeen]:
        """See `Hindsight.look`."""
        return {
            row: _seen(entry)
            for row, entry in _entries(self.drawer(campaign), rows).items()
        }

    def hear(self, campaign: int, news: Sequence[RowNews], now: float) -> Hearing:
        """See `Hindsight.hear`."""
        drawer = self.unpurged(campaign)
        entries = _entries(drawer, {one.row for one in news})
        seen = {row: _seen(entry) for row, entry in entries.items()}
        new = [*only_new(news, seen)]
        suppressed = 0
        for one in new:
            entry = entries[one.row]
            word = attrs.evolve(one.word, text=short(one.word.text))
            entry.heard = in_order([*entry.heard, word])
            suppressed += self._suppress(entry, one, drawer.name, now)
        numbers = Counter(one.word.heard for one in new)
        drawer.heard.update(numbers)
        left = [entry for entry in drawer.in_doubt() if entry.heard]
        open_ = [
            entries[one.row]
            for one in new
            if is_settled_by(seen[one.row].state, one.word.heard)
        ]
        changed = _settle({entry.id: entry for entry in (*open_, *left)}.values())
        return Hearing(
            numbers, changed[State.ACCEPTED], changed[State.REFUSED], suppressed
        )

    def note(self, campaign: int, *, actor: str, reason: str, now: float) -> None:
        """See `Hindsight.note`."""
        self.unpurged(campaign)
        self.order(campaign, Order(now, "heard", "", actor, reason))

    def came_back(
        self, mailboxes: Collection[bytes], since: float
    ) -> Mapping[bytes, frozenset[int]]:
        """See `Hindsight.came_back`."""
        wanted, found = {*mailboxes}, dict[bytes, set[int]]()
        for campaign, drawer in self.drawers.items():
            if drawer.kind or drawer.purged is not None:
                continue
            for entry in drawer.rows.values():
                if entry.suppression in wanted and any(
                    word.heard in CAME_BACK and word.at >= since for word in entry.heard
                ):
                    found.setdefault(entry.suppression, set()).add(campaign)
        return {mailbox: frozenset(ids) for mailbox, ids in found.items()}

    def tally(self, campaign: int) -> Mapping[Heard, int]:
        """See `Hindsight.tally`."""
        heard = self.drawer(campaign).heard
        return {one: heard[one] for one in Heard if heard[one]}

    def _suppress(self, entry: Entry, one: RowNews, campaign: str, now: float) -> bool:
        if not one.suppress:
            return False
        known = self.suppressions.has(entry.suppression)
        self.suppressions.add(entry.suppression, campaign, now)
        if one.asked:
            self.suppressions.asked.add(entry.suppression)
        return not known


def _entries(drawer: Drawer, rows: Collection[int]) -> dict[int, Entry]:
    return {entry.id: entry for entry in drawer.rows.values() if entry.id in rows}


def _seen(entry: Entry) -> RowSeen:
    heard = frozenset(word.heard for word in entry.heard)
    return RowSeen(entry.state, entry.suppression, heard)


def _settle(entries: Collection[Entry]) -> Counter[State]:
    changed = Counter[State]()
    for entry in entries:
        state, word = fate_of(entry.heard)
        entry.finish(state)
        entry.stage, entry.code = "", word.code
        entry.enhanced, entry.text, entry.explained = word.enhanced, word.text, True
        entry.first_tried = word.at if entry.first_tried is None else entry.first_tried
        entry.last_tried = word.at if entry.last_tried is None else entry.last_tried
        changed[state] += 1
    return changed
