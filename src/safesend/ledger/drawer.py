"""The rows of one campaign in memory, with what is due first on top."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import attrs

from safesend.ledger.base import (
    ALL,
    FINAL_STATES,
    Account,
    Allowance,
    CampaignRecord,
    Control,
    Doubt,
    NewRow,
    Result,
    Row,
    Shares,
    State,
)
from safesend.ledger.heard import Heard, Word
from safesend.ledger.orders import Ordered
from safesend.ledger.papers import Papers
from safesend.ledger.replies import short

__all__ = ["Drawer", "Entry"]


@attrs.define(eq=False)
class Entry:
    """One row."""

    id: int
    digest: bytes
    payload: bytes | None = attrs.field(repr=False)
    provider: str = ""
    suppression: bytes = b""
    state: State = State.WAITING
    not_before: float = 0.0
    attempts: int = 0
    first_tried: float | None = None
    last_tried: float | None = None
    stage: str = ""
    code: int | None = None
    enhanced: str | None = None
    text: str = ""
    taken_by: tuple[str, float] = ("", 0.0)
    """The relay of the run that had it last, and when that run began."""
    dated: float | None = None
    doubted: tuple[str, float] | None = None
    """The relay that may have it, and when its run began, until somebody decides."""
    explained: bool = False
    """Whether there was a result: only then is there a reply to count."""
    kind: int = 0
    """1 for a seed."""
    heard: tuple[Word, ...] = ()

    @property
    def put_off(self) -> bool:
        """Tried before, or with a date, or perhaps delivered."""
        return self.attempts > 0 or self.not_before > 0 or self.doubted is not None

    @property
    def never_tried(self) -> bool:
        """It waits, and nothing ever left."""
        waiting = self.state is State.WAITING
        return waiting and self.dated is None and self.first_tried is None

    def claimed(self, now: float) -> Row:
        """The row as it is given to a run."""
        self.state = State.SENDING
        if self.dated is None:
            self.dated = now
        return Row(
            self.id,
            self.digest,
            self.attempts,
            self.first_tried,
            self.payload or b"",
            self.provider,
            self.dated,
            None if self.doubted is None else self.doubted[0],
            self.kind,
        )

    def untouched(self) -> None:
        """Nothing left now: its message is new, unless something did before."""
        if self.first_tried is None and self.doubted is None:
            self.dated = None

    def left_in_doubt(self) -> None:
        """The relay that had it last may have taken it, if not another one before."""
        if self.doubted is None:
            self.doubted = self.taken_by

    def settle(self, result: Result, now: float) -> None:
        """Take over what became of it."""
        self.state, self.not_before = result.state, result.not_before
        self.stage, self.code = result.stage, result.code
        self.enhanced, self.text = result.enhanced, short(result.text)
        self.explained = True
        self.attempts += result.attempt
        if result.attempt or result.code:
            self.last_tried = now
            if self.first_tried is None:
                self.first_tried = now
        if result.doubted or result.state is State.IN_DOUBT:
            self.left_in_doubt()
        self.untouched()
        if result.state in FINAL_STATES:
            self.finish(result.state)

    def forget(self) -> None:
        """Nothing is left but digest and state; what was open is cancelled."""
        open_ = self.state in {State.WAITING, State.IN_DOUBT}
        state = State.CANCELLED if open_ else self.state
        provider = "forgotten" if "." in self.provider else self.provider
        left = Entry(self.id, self.digest, None, provider, self.suppression, state)
        left.heard = tuple(Word(word.heard, 0.0) for word in self.heard)
        for field in attrs.fields(Entry):
            setattr(self, field.name, getattr(left, field.name))

    def finish(self, state: State) -> None:
        """Final: address and fields are forgotten."""
        self.state, self.payload = state, None

    def doubt(self) -> Doubt:
        """What a person needs who decides about it."""
        relay, began = self.doubted or ("", 0.0)
        return Doubt(
            self.digest,
            self.payload or b"",
            self.provider,
            max(self.last_tried or 0.0, began),
            relay,
            self.text,
        )

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
            self.heard,
        )


Heap = list[tuple[float, float, int, Entry]]
"""Date, first try, place in the list: the order of the index in the file."""

_VISITS = 4
"""A provider gets at most this part of a claim before the next one has its turn."""


@attrs.define(eq=False)
class Drawer:
    """One campaign."""

    name: str
    rows: dict[bytes, Entry] = attrs.field(factory=dict, repr=False)
    draft: dict[bytes, NewRow] | None = attrs.field(default=None, repr=False)
    created: float = 0.0
    live_since: float | None = None
    """When its first rows went live."""
    fingerprint: bytes = b""
    allowances: dict[Allowance, float] = attrs.field(factory=dict)
    decided: float = 0.0
    """When a person last decided about rows."""
    keep_for: float | None = None
    purged: float | None = None
    numbers: Mapping[State, int] = attrs.field(factory=dict)
    """Of a purged campaign."""
    heard: Counter[Heard] = attrs.field(factory=Counter)
    """Of how many rows it was heard."""
    ordered: Ordered = attrs.field(factory=Ordered)
    papers: Papers = attrs.field(factory=Papers)
    kind: str = ""
    about: str = ""
    content: list[bytes] = attrs.field(factory=list, repr=False)
    """What it is made of; the manifest stands first."""
    # A row that waits is in one of the two once; one that does not is skipped.
    _fresh: dict[str, Heap] = attrs.field(factory=dict, repr=False)
    _later: dict[str, Heap] = attrs.field(factory=dict, repr=False)

    def record(self, number: int) -> CampaignRecord:
        """The campaign as others see it."""
        return CampaignRecord(
            number,
            self.name,
            self.live_since is not None,
            self.enrolled,
            self.fingerprint,
            self.ordered.control,
            self.ordered.reason,
            self.keep_for,
            self.purged,
            self.kind,
            self.about,
        )

    @property
    def enrolled(self) -> int:
        """How many rows it has, or had."""
        return len(self.rows) if self.purged is None else sum(self.numbers.values())

    def live_counts(self) -> Mapping[State, int]:
        """How many live rows stand in each state."""
        if self.purged is not None:
            return self.numbers
        return Counter(entry.state for entry in self.rows.values())

    def counts(self) -> Mapping[State, int]:
        """See `Ledger.counts`."""
        counts = self.live_counts()
        return {**counts, State.DRAFT: len(self.draft)} if self.draft else counts

    def empty(self, numbers: Mapping[State, int], now: float) -> None:
        """Purged: only numbers are left."""
        self.numbers, self.purged = numbers, now
        self.rows, self.draft, self.allowances, self.content = {}, None, {}, []
        self.ordered = attrs.evolve(self.ordered, holds=())
        self._fresh.clear()
        self._later.clear()

    def wait(self, entry: Entry) -> None:
        """The row waits from now on."""
        entry.state = State.WAITING
        kind = self._later if entry.put_off else self._fresh
        heap = kind.setdefault(entry.provider, [])
        # A fresh row keeps its place, whatever was said while it was in hand.
        tried = entry.first_tried if entry.put_off else None
        order = (entry.not_before, -1.0 if tried is None else tried, entry.id)
        heapq.heappush(heap, (*order, entry))

    def is_closed(self, now: float) -> bool:
        """Whether nothing may be claimed, by order of somebody."""
        return now < self.ordered.begins or self.ordered.control is not Control.RUN

    def due(self, limit: int, now: float, shares: Shares = ALL) -> list[Entry]:
        """Rows whose turn it is; they are taken out.

        Those put off, by date, before the fresh ones of each provider in turn.
        """
        if self.is_closed(now):
            return []
        shares = shares.without(self.ordered.held)
        given: Counter[str] = Counter()
        found = self._again(limit, now, shares, given)

        def visit(provider: str, most: int) -> int:
            share = shares.of(provider, limit) - given[provider]
            room = min(most, limit - len(found), share)
            rows = _popped(self._fresh.get(provider, []), room, now)
            given[provider] += len(rows)
            found.extend(rows)
            return len(rows)

        for provider in shares.first:
            visit(provider, limit)
        served = True
        while served and len(found) < limit:
            served = False
            for provider in list(self._fresh):
                if len(found) == limit:
                    break
                # Who had a turn goes to the end of the line.
                self._fresh[provider] = self._fresh.pop(provider)
                served |= visit(provider, max(1, limit // _VISITS)) > 0
        return found

    def _again(
        self, limit: int, now: float, shares: Shares, given: Counter[str]
    ) -> list[Entry]:
        found: list[Entry] = []
        heads = [
            (heap[0][0], provider)
            for provider, heap in self._later.items()
            if _shed(heap) and shares.of(provider, limit) > 0
        ]
        heapq.heapify(heads)
        while heads and len(found) < limit and heads[0][0] <= now:
            _, provider = heapq.heappop(heads)
            heap = self._later[provider]
            found.append(heapq.heappop(heap)[-1])
            given[provider] += 1
            if given[provider] < shares.of(provider, limit) and _shed(heap):
                heapq.heappush(heads, (heap[0][0], provider))
        return found

    def take_out(self, entries: Collection[Entry]) -> None:
        """These are given to a run by another way than `due`."""
        gone = {entry.id for entry in entries}
        for kind in (self._fresh, self._later):
            for provider in {entry.provider for entry in entries}:
                heap = kind.get(provider, [])
                heap[:] = [one for one in heap if one[-1].id not in gone]
                heapq.heapify(heap)

    def next_due(self, held: Collection[str] = frozenset()) -> float | None:
        """The earliest date of a row that waits, not looking at those providers."""
        heaps = [
            heap
            for kind in (self._fresh, self._later)
            for name, heap in kind.items()
            if name not in held and name not in self.ordered.held and _shed(heap)
        ]
        due = min((heap[0][0] for heap in heaps), default=None)
        return None if due is None else max(due, self.ordered.begins)

    def in_doubt(self) -> list[Entry]:
        """The rows in doubt, in list order."""
        rows = self.rows.values()
        return [entry for entry in rows if entry.state is State.IN_DOUBT]

    def resolve(self, state: State, digests: Iterable[bytes] | None, now: float) -> int:
        """See `Ledger.resolve`."""
        asked = None if digests is None else set(digests)
        rows = [
            entry for entry in self.in_doubt() if asked is None or entry.digest in asked
        ]
        if rows:
            self.decided = now
        for entry in rows:
            if state is State.WAITING:
                entry.doubted = None
            else:
                entry.finish(state)
        if state is State.WAITING:
            self._resend(rows, now)
        return len(rows)

    def resend_known(self, relay: str, sent_after: float, now: float) -> int:
        """See `Ledger.resend_known`."""
        rows = [
            entry
            for entry in self.in_doubt()
            if entry.doubt().relay == relay and (entry.dated or 0.0) > sent_after
        ]
        self._resend(rows, now)
        return len(rows)

    def _resend(self, rows: list[Entry], now: float) -> None:
        for entry in rows:
            entry.not_before = now
            self.wait(entry)
        self.sweep()

    def sweep(self) -> None:
        """What was cancelled waits no more: every row, or those of some providers."""
        everybody = self.ordered.control is Control.CANCEL
        cancelled = {
            hold.provider
            for hold in self.ordered.holds
            if hold.control is Control.CANCEL
        }
        if not everybody and not cancelled:
            return
        for entry in self.rows.values():
            if entry.state is State.WAITING and (
                everybody or entry.provider in cancelled
            ):
                if entry.doubted is not None:
                    entry.state = State.IN_DOUBT
                else:
                    entry.finish(State.CANCELLED)


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
