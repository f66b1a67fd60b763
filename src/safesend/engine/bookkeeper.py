"""Outcomes on their way into the ledger, and the ledger in a thread of its own."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import attrs

from safesend.clock import Clock
from safesend.delivery import Outcome
from safesend.engine.hand import Item
from safesend.engine.verdicts import Booking, accepted
from safesend.ledger.base import Ledger, Progress, Result, State
from safesend.policies.replies import Meaning, Verdict, judge
from safesend.redaction import mask_local

__all__ = ["Bookkeeper", "Offstage"]

T = TypeVar("T")

_COMMIT_EVERY = 0.05
"""Seconds in which outcomes gather before they are written in one transaction."""

_NAMING = 3
"""From so many characters on a local part alone may tell who it is."""

_UNTOUCHED_LIMIT = 5
"""So often may a row's connection die under it before that counts as a try."""


@attrs.frozen
class Offstage:
    """Blocking calls, one after the other, in one worker thread."""

    _pool: ThreadPoolExecutor = attrs.field(
        factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="safesend-ledger")
    )

    async def __call__(self, call: Callable[[], T]) -> T:
        """The result of `call`, without holding up the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Let the thread end when its work is done."""
        self._pool.shutdown(wait=False)


@attrs.define
class Bookkeeper:
    """Turns outcomes into results, marks them at once, and records them in batches."""

    ledger: Ledger
    run: int
    progress: Progress
    booking: Booking
    clock: Clock
    offstage: Offstage
    counts: Counter[State] = attrs.field(factory=Counter)
    earliest: float | None = None
    """The earliest new date of a row that went back to waiting, until it is asked."""
    last_record: float = 0.0
    _pending: list[Result] = attrs.field(factory=list)
    _filled: asyncio.Event = attrs.field(factory=asyncio.Event)
    _untouched: Counter[int] = attrs.field(factory=Counter)
    _random: random.Random = attrs.field(factory=random.Random)

    def settle(self, item: Item, outcome: Outcome) -> Verdict:
        """Book the outcome of an item that a session took."""
        local = item.envelope.recipient.local
        if len(local) >= _NAMING and local.lower() in outcome.text.lower():
            outcome = attrs.evolve(outcome, text=mask_local(outcome.text, local))
        verdict = self._counted(item, judge(outcome))
        if verdict.meaning is Meaning.DELIVERED:
            self.add(accepted(item.row, outcome))
            return verdict
        result = self.booking.result(
            item.row, outcome, verdict, self.clock.now(), self._random.random()
        )
        self.add(result)
        return verdict

    def add(self, result: Result) -> None:
        """Book a result; its mark is set before this returns."""
        self.progress.settle(result)
        if result.attempt or result.state is not State.WAITING:
            self.counts[result.state] += 1
        if result.state is State.WAITING:
            date = result.not_before
            self.earliest = date if self.earliest is None else min(date, self.earliest)
        self._pending.append(result)
        self._filled.set()

    def _counted(self, item: Item, verdict: Verdict) -> Verdict:
        # A message under which every connection dies would go round for ever.
        if verdict.meaning is not Meaning.UNTOUCHED or verdict.stop:
            return verdict
        self._untouched[item.row.id] += 1
        if self._untouched[item.row.id] < _UNTOUCHED_LIMIT:
            return verdict
        del self._untouched[item.row.id]
        return attrs.evolve(verdict, meaning=Meaning.LATER)

    async def keep(self) -> None:
        """Record what comes in, until cancelled."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(_COMMIT_EVERY)
            await self.flush()

    async def flush(self) -> None:
        """Record everything that was booked so far."""
        self._filled.clear()
        results, self._pending = self._pending, []
        if not results:
            return
        now = self.clock.now()
        try:
            await self.offstage(lambda: self.ledger.record(self.run, results, now))
        except BaseException:
            self._pending = results + self._pending
            raise
        self.last_record = self.clock.monotonic()
