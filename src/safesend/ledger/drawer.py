"""The rows of one campaign in memory, with what is due first on top."""

from __future__ import annotations

import heapq

import attrs

from safesend.ledger.base import (
    FINAL_STATES,
    Account,
    Allowance,
    CampaignRecord,
    Control,
    NewRow,
    Result,
    Row,
    State,
)
from safesend.ledger.replies import short

__all__ = ["Drawer", "Entry"]


@attrs.define(eq=False)
class Entry:
    """One row."""

    id: int
    digest: bytes
    payload: bytes | None = attrs.field(repr=False)
    state: State = State.WAITING
    not_before: float = 0.0
    attempts: int = 0
    first_tried: float | None = None
    last_tried: float | None = None
    stage: str = ""
    code: int | None = None
    enhanced: str | None = None
    text: str = ""
    explained: bool = False
    """Whether there was a result: only then is there a reply to count."""

    @property
    def put_off(self) -> bool:
        """Tried before, or with a date."""
        return self.attempts > 0 or self.not_before > 0

    def claimed(self) -> Row:
        """The row as it is given to a run."""
        self.state = State.SENDING
        return Row(
            self.id, self.digest, self.attempts, self.first_tried, self.payload or b""
        )

    def settle(self, result: Result, now: float) -> None:
        """Take over what became of it."""
        self.state, self.not_before = result.state, result.not_before
        self.stage, self.code = result.stage, result.code
        self.enhanced, self.text = result.enhanced, short(result.text)
        self.explained = True
        if result.attempt:
            self.attempts += 1
            self.last_tried = now
            if self.first_tried is None:
                self.first_tried = now
        if result.state in FINAL_STATES:
            self.finish(result.state)

    def finish(self, state: State) -> None:
        """Final: address and fields are forgotten."""
        self.state, self.payload = state, None

    def account(self) -> Account:
        """What a report says of it."""
        return Account(
            self.state,
            self.attempts,
            self.last_tried,
            self.stage,
            self.code,
            self.enhanced,
            self.text,
        )


Heap = list[tuple[float, float, int, Entry]]
"""Date, first try, place in the list: the order of the index in the file."""


@attrs.define(eq=False)
class Drawer:
    """One campaign."""

    name: str
    rows: dict[bytes, Entry] = attrs.field(factory=dict, repr=False)
    draft: dict[bytes, NewRow] | None = attrs.field(default=None, repr=False)
    live: bool = False
    fingerprint: bytes = b""
    control: Control = Control.RUN
    allowances: dict[Allowance, None] = attrs.field(factory=dict)
    # A row that waits is in one of the two once; one that does not is skipped.
    _ready: Heap = attrs.field(factory=list, repr=False)
    _later: Heap = attrs.field(factory=list, repr=False)

    def record(self, number: int) -> CampaignRecord:
        """The campaign as others see it."""
        return CampaignRecord(
            number,
            self.name,
            self.live,
            len(self.rows),
            self.fingerprint,
            self.control,
        )

    def wait(self, entry: Entry) -> None:
        """The row waits from now on."""
        entry.state = State.WAITING
        heap = self._later if entry.put_off else self._ready
        first_tried = -1.0 if entry.first_tried is None else entry.first_tried
        heapq.heappush(heap, (entry.not_before, first_tried, entry.id, entry))

    def due(self, limit: int, now: float) -> list[Entry]:
        """Rows whose turn it is, in list order; they are taken out.

        Those put off, by date, beside the fresh ones; of both together the first.
        """
        again = _popped(self._later, limit, now)
        fresh = _popped(self._ready, limit, now)
        found = sorted(again + fresh, key=lambda entry: entry.id)
        for entry in found[limit:]:
            self.wait(entry)
        return found[:limit]

    def next_due(self) -> float | None:
        """The earliest date of a row that waits."""
        heaps = [heap for heap in (self._ready, self._later) if _shed(heap)]
        return min((heap[0][0] for heap in heaps), default=None)

    def sweep(self) -> None:
        """In a cancelled campaign nothing waits."""
        if self.control is Control.CANCEL:
            for entry in self.rows.values():
                if entry.state is State.WAITING:
                    entry.finish(State.CANCELLED)
            self._ready.clear()
            self._later.clear()


def _shed(heap: Heap) -> bool:
    """Drop from the top what no longer waits; gives whether something is left."""
    while heap and heap[0][-1].state is not State.WAITING:
        heapq.heappop(heap)
    return bool(heap)


def _popped(heap: Heap, limit: int, now: float) -> list[Entry]:
    found: list[Entry] = []
    while len(found) < limit and _shed(heap) and heap[0][0] <= now:
        found.append(heapq.heappop(heap)[-1])
    return found
