"""The rows of one campaign in memory, with what is due first on top."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import attrs

from safesend.ledger.base import (
    FINAL_STATES,
    Account,
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


@attrs.define(eq=False)
class Drawer:
    """One campaign."""

    name: str
    rows: dict[bytes, Entry] = attrs.field(factory=dict, repr=False)
    draft: dict[bytes, NewRow] | None = attrs.field(default=None, repr=False)
    live: bool = False
    fingerprint: bytes = b""
    control: Control = Control.RUN
    # A row that waits is in one of the two once; one that does not is skipped.
    _ready: list[tuple[int, Entry]] = attrs.field(factory=list, repr=False)
    _later: list[tuple[float, int, Entry]] = attrs.field(factory=list, repr=False)

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
        if entry.put_off:
            heapq.heappush(self._later, (entry.not_before, entry.id, entry))
        else:
            heapq.heappush(self._ready, (entry.id, entry))

    def due(self, limit: int, now: float) -> Iterator[Entry]:
        """Rows whose turn it is, first in the list first; they are taken out."""
        while self._later and self._later[0][0] <= now:
            _, number, entry = heapq.heappop(self._later)
            heapq.heappush(self._ready, (number, entry))
        while limit > 0 and self._ready:
            _, entry = heapq.heappop(self._ready)
            if entry.state is State.WAITING:
                limit -= 1
                yield entry

    def next_due(self) -> float | None:
        """The earliest date of a row that waits."""
        while self._ready and self._ready[0][1].state is not State.WAITING:
            heapq.heappop(self._ready)
        while self._later and self._later[0][2].state is not State.WAITING:
            heapq.heappop(self._later)
        dates = [heap[0][-1].not_before for heap in (self._ready, self._later) if heap]
        return min(dates, default=None)

    def sweep(self) -> None:
        """In a cancelled campaign nothing waits."""
        if self.control is Control.CANCEL:
            for entry in self.rows.values():
                if entry.state is State.WAITING:
                    entry.finish(State.CANCELLED)
            self._ready.clear()
            self._later.clear()
