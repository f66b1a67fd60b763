"""Outcomes on their way into the ledger, and the ledger in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import attrs

from safesend.clock import Clock
from safesend.delivery import Accepted, Outcome, Stage
from safesend.engine import journal
from safesend.engine.brake import Brake
from safesend.engine.discretion import Discretion
from safesend.engine.gate import Gate
from safesend.engine.hand import Item
from safesend.engine.meter import Meter
from safesend.engine.verdicts import Booking, When, accepted
from safesend.errors import LedgerBusy
from safesend.ledger.base import Ledger, Progress, Result, State
from safesend.ledger.history import Sessions
from safesend.message.address import Address
from safesend.policies.providers import builtin as builtin_providers
from safesend.policies.replies import Meaning, Rulebook, Scope, Verdict
from safesend.redaction import mask_text

__all__ = ["Bookkeeper", "Offstage"]

T = TypeVar("T")

DELIVERED = Verdict(Meaning.DELIVERED)

_COMMIT_EVERY = 0.05
"""Seconds in which outcomes gather before they are written in one transaction."""

_UNKNOWN_LIMIT = 20
"""So many mailboxes in a row may be none, without one that was accepted between."""

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


def _provider(item: Item) -> str:
    """Whose rules hold for the answer: a seed stands in another provider's line."""
    if item.row.kind:
        return builtin_providers().of(item.envelope.recipient.domain)
    return item.row.provider


def _is_session(verdict: Verdict) -> bool:
    return verdict.scope is Scope.CONNECTION


@attrs.define
class Bookkeeper:
    """Turns outcomes into results, marks them at once, and records them in batches."""

    ledger: Ledger
    run: int
    progress: Progress
    booking: Booking
    rulebook: Rulebook
    clock: Clock
    offstage: Offstage
    meter: Meter = attrs.field(factory=Meter)
    discretion: Discretion = attrs.field(factory=Discretion)
    gate: Gate | None = None
    """Where mailboxes that are none are told to others."""
    brake: Brake = attrs.field(factory=Brake)
    unbegun: list[int] = attrs.field(factory=list)
    """Rows that were claimed and are to wait again."""
    released: bool = False
    """Whether such rows are put back into the ledger, until it is asked."""
    counts: Counter[State] = attrs.field(factory=Counter)
    earliest: float | None = None
    """The earliest new date of a row that went back to waiting, until it is asked."""
    last_record: float = 0.0
    _pending: list[Result] = attrs.field(factory=list)
    _gone: list[Address] = attrs.field(factory=list)
    """Mailboxes that are none, and that nobody else was told of yet."""
    _filled: asyncio.Event = attrs.field(factory=asyncio.Event)
    _sessions: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    """Sessions that were opened, by route and security."""
    _unknown: int = 0
    """Mailboxes in a row that are none, as servers say."""
    _untouched: Counter[int] = attrs.field(factory=Counter)

    def accepted(self, item: Item, outcome: Accepted) -> Verdict:
        """Book an item that the server took: some 4 us, as nearly all of them are."""
        row, local = item.row, item.envelope.recipient.local
        self._unknown = 0
        self.brake.accepted()
        text = self.discretion.of(outcome.text, local)
        self.add(accepted(row, outcome, text), row.provider)
        return DELIVERED

    def settle(
        self,
        item: Item,
        outcome: Outcome,
        *,
        served: bool = False,
        elsewhere: Callable[[], bool] | None = None,
    ) -> Verdict:
        """Book the outcome of an item that a session took; what is kept names nobody.

        Judged is what the server wrote: a mailbox may be called "quota", or "sender".
        `served`: the session took another message before, so that its end at MAIL says
        nothing about this row. `elsewhere`: whether another way is open to it.
        """
        local, provider = item.envelope.recipient.local, item.row.provider
        if isinstance(outcome, Accepted):
            return self.accepted(item, outcome)
        text, kept = self.discretion.of(outcome.text, local), outcome
        if text != outcome.text:
            kept = attrs.evolve(outcome, text=text)
        verdict = self._believed(self.rulebook.judge(outcome, _provider(item)))
        if verdict.stop:
            stop = self.discretion.of(verdict.stop, local)
            verdict = attrs.evolve(verdict, stop=stop)
        ended = served and outcome.stage is Stage.MAIL and _is_session(verdict)
        verdict, again = (verdict, 0) if ended else self._counted(item, verdict)
        rests = verdict.pause is not None or verdict.stop is not None
        moves = rests and elsewhere is not None and elsewhere()
        luck = random.random()  # noqa: S311 - no secret
        when = When(self.clock.now(), luck, again, moves)
        result = self.booking.result(item.row, kept, verdict, when)
        if result.suppress and self.gate is not None:
            self._gone.append(item.envelope.recipient)
        journal.outcome(result, provider)
        self.add(result, provider)
        if result.state is State.REFUSED:
            self.brake.refused(kept, verdict)
        return verdict

    def add(self, result: Result, provider: str = "") -> None:
        """Book a result; its mark is set before this returns."""
        self.progress.settle(result)
        state = result.state
        if result.attempt or state is not State.WAITING:
            self.counts[state] += 1
            self.meter.booked(provider, state)
        if state is State.WAITING:
            date = result.not_before
            self.earliest = date if self.earliest is None else min(date, self.earliest)
        self._pending.append(result)
        self._filled.set()

    def opened(self, route: str, security: str) -> None:
        """Note a session; it is written with the outcomes that follow."""
        self._sessions[route, security] += 1

    def _believed(self, verdict: Verdict) -> Verdict:
        """A server that knows nobody is broken: its word leaves no mailbox out."""
        if verdict.suppress:
            self._unknown += 1
            if self._unknown > _UNKNOWN_LIMIT:
                return attrs.evolve(verdict, suppress=False)
        return verdict

    def _counted(self, item: Item, verdict: Verdict) -> tuple[Verdict, int]:
        """How often nobody judged this row; too often counts as a try.

        A message under which every connection dies would go round for ever. A server
        that says 421 each time only makes the row wait longer.
        """
        if verdict.attempt or verdict.stop:
            return verdict, 1
        self._untouched[item.row.id] += 1
        again = self._untouched[item.row.id]
        if verdict.meaning is not Meaning.UNTOUCHED or again < _UNTOUCHED_LIMIT:
            return verdict, again
        del self._untouched[item.row.id]
        return attrs.evolve(verdict, meaning=Meaning.LATER, attempt=True), 1

    async def keep(self) -> None:
        """Record what comes in, until cancelled."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(_COMMIT_EVERY)
            await self.flush()
            with contextlib.suppress(LedgerBusy):  # the next time, or at the end
                await self.pass_on()

    async def flush(self) -> None:
        """Record everything that was booked so far."""
        self._filled.clear()
        results, self._pending = self._pending, []
        unbegun, self.unbegun = self.unbegun, []
        sessions, self._sessions = self._sessions, Counter()
        # Now, as who asks the ledger next is answered after this is written.
        self.released |= bool(unbegun)
        if not results and not unbegun and not sessions:
            return
        now = self.clock.now()
        try:
            await self.offstage(lambda: self._written(results, unbegun, sessions, now))
        except BaseException:
            self._sessions += sessions
            self._pending = results + self._pending
            self.unbegun = unbegun + self.unbegun
            raise
        if results:
            self.last_record = self.clock.monotonic()

    async def pass_on(self) -> None:
        """Put on the suppression list whom servers do not know."""
        gate, gone, self._gone = self.gate, self._gone, []
        if gate is None or not gone:
            return
        now = self.clock.now()
        try:
            await self.offstage(lambda: gate.note(gone, now))
        except BaseException:
            self._gone = gone + self._gone
            raise

    def _written(
        self,
        results: list[Result],
        unbegun: list[int],
        sessions: Counter[tuple[str, str]],
        now: float,
    ) -> None:
        if results and self.ledger.record(self.run, results, now) < len(results):
            # Another process settled these rows; `beat` says so if the run was ended.
            self.ledger.beat(self.run, now)
        if unbegun:
            self.ledger.release(self.run, unbegun)
        if sessions:
            told = [
                Sessions(route, mask_text(security), number)
                for (route, security), number in sessions.items()
            ]
            self.ledger.history.note_sessions(self.run, told)
