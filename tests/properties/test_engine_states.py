"""Whatever happens in whatever order, a row is sent once, and none is lost.

The first machines drive the ledgers as many runs do, with every kind of outcome, deaths
and decisions between them, against a model. The last test drives the engine with
scripted outcomes and interruptions.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import attrs
import hypothesis
import hypothesis.strategies as st
import pytest
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ledger.scenes import assert_consistent
from properties.fleets import ModelRows
from safesend.errors import LedgerError
from safesend.ledger import open_ledger
from safesend.ledger.base import (
    Control,
    NewRow,
    Result,
    Shares,
    State,
)
from safesend.ledger.memory import MemoryLedger
from safesend.testing.ledger_rows import NOW, PRINT, digest, payload

PROVIDERS = ("google", "microsoft", "example.org")
_PICK = st.integers(min_value=0, max_value=10_000)
_SHARES = st.builds(
    Shares,
    st.none() | st.integers(0, 4),
    st.dictionaries(st.sampled_from(PROVIDERS), st.integers(-1, 3), max_size=2),
)


def _outcome(kind, id_, now, wait):
    """The line that the engine writes for an outcome."""
    later = (State.WAITING, now + wait)
    return {
        "accepted": Result(id_, State.ACCEPTED, code=250),
        "deferred": Result(id_, *later, stage="rcpt", code=450),
        "refused": Result(id_, State.REFUSED, stage="rcpt", code=550),
        "in doubt": Result(id_, State.IN_DOUBT, stage="content"),
        "not sent": Result(id_, *later, attempt=False),
        "closed": Result(id_, *later, attempt=False, code=421),
        "expired": Result(id_, State.EXPIRED, stage="rcpt", code=450),
        "failed": Result(id_, State.FAILED, attempt=False, stage="compose"),
    }[kind]


_KINDS = (
    "accepted",
    "accepted",
    "deferred",
    "refused",
    "in doubt",
    "not sent",
    "closed",
    "expired",
    "failed",
)
_LEAVES = {"accepted", "in doubt"}
"""Outcomes after which the whole message may be at the server."""


@attrs.define(eq=False)
class Worker:
    """A run, and the ledger object of the process that it stands for."""

    ledger: object
    run: int
    marks: object
    ids: dict = attrs.field(factory=dict)
    """The ledger's numbers of the rows in its hand, by ours."""


class Fleet(RuleBasedStateMachine):
    """Runs that share a ledger; a model says what must be."""

    def __init__(self):
        """A new campaign."""
        super().__init__()
        self.now = NOW
        self.model = ModelRows()
        self.workers = []
        self.ledger = self.opened()
        self.campaign = self.ledger.campaign("spring", NOW).id

    def opened(self):
        """The ledger, as one process has it."""
        raise NotImplementedError

    def number(self, row):
        """Ours of a claimed row."""
        return int.from_bytes(row.digest, "big")

    def in_hand(self, pick, wanted):
        """A worker and a row in its hand of which something is true, or None."""
        found = [
            (worker, self.model.rows[number], number)
            for worker in self.workers
            for number in worker.ids
            if wanted(self.model.rows[number])
        ]
        return found[pick % len(found)] if found else None

    @initialize(count=st.integers(1, 6))
    def first_rows(self, count):
        """There is somebody from the start."""
        self.enrol(count, keep=True)
        self.start()

    @rule(count=st.integers(1, 5), keep=st.booleans())
    def enrol(self, count, keep):
        """The list grows; all that is known already stays as it is."""
        known = len(self.model.rows)
        rows = [
            NewRow(digest(n), digest(n)[::-1], PROVIDERS[n % 3], payload(n))
            for n in range(max(0, known - 2), known + count)
        ]
        self.ledger.begin_draft(self.campaign)
        assert self.ledger.enrol(self.campaign, rows) == count
        if not keep:
            self.ledger.drop_draft(self.campaign)
            return
        total = self.ledger.go_live(self.campaign, PRINT, self.now)
        for number in range(known, known + count):
            self.model.enrol(PROVIDERS[number % 3])
        assert total == len(self.model.rows)

    @precondition(lambda self: len(self.workers) < 3)
    @rule()
    def start(self):
        """A worker more."""
        ledger = self.opened()
        run = ledger.start_run(self.campaign, self.now, "relay")
        self.workers.append(Worker(ledger, run, ledger.progress(run)))

    @precondition(lambda self: self.workers)
    @rule(pick=_PICK, limit=st.integers(1, 8), shares=_SHARES | st.just(Shares()))
    def claim(self, pick, limit, shares):
        """Only what is due, nothing twice, no provider above its share, and no less."""
        worker = self.workers[pick % len(self.workers)]
        expected = self.model.due(limit, self.now, shares)
        claimed = worker.ledger.claim(
            self.campaign, worker.run, limit, self.now, shares
        )
        given = Counter()
        for row in claimed:
            number = self.number(row)
            known = self.model.rows[number]
            assert known.is_due(self.now)
            assert known.holder is None
            assert (row.attempts, row.first_tried, row.provider) == (
                known.attempts,
                known.first_tried,
                known.provider,
            )
            assert row.payload == payload(number)
            given[row.provider] += 1
            self.model.give(known, worker)
            worker.ids[number] = row.id
        assert len(claimed) == expected
        assert all(n <= shares.of(name, limit) for name, n in given.items())

    @rule(pick=_PICK)
    def take(self, pick):
        """A row is handed to a session: it may be on the wire from here on."""
        if found := self.in_hand(pick, lambda row: not row.taken):
            worker, row, number = found
            worker.marks.take(worker.ids[number])
            row.taken = True

    @rule(pick=_PICK, kind=st.sampled_from(_KINDS), wait=st.sampled_from((5, 300)))
    def outcome(self, pick, kind, wait):
        """A session has an outcome; nothing is written yet."""
        if found := self.in_hand(pick, lambda row: row.taken and not row.settled):
            worker, row, number = found
            row.copies += kind in _LEAVES
            result = _outcome(kind, worker.ids[number], self.now, wait)
            worker.marks.settle(result)
            row.settled = result

    @precondition(lambda self: self.workers)
    @rule(pick=_PICK, twice=st.booleans())
    def record(self, pick, twice):
        """The outcomes of a worker are written; once more changes nothing."""
        worker = self.workers[pick % len(self.workers)]
        rows = [self.model.rows[number] for number in worker.ids]
        settled = [row for row in rows if row.settled]
        results = [row.settled for row in settled]
        assert worker.ledger.record(worker.run, results, self.now) == len(results)
        if twice:
            assert worker.ledger.record(worker.run, results, self.now) == 0
        for row in settled:
            self.model.record(row, self.now)
        self.forget(worker)

    @precondition(lambda self: self.workers)
    @rule(pick=_PICK)
    def release(self, pick):
        """What was not begun goes back."""
        worker = self.workers[pick % len(self.workers)]
        rows = {number: self.model.rows[number] for number in worker.ids}
        back = {number: row for number, row in rows.items() if not row.taken}
        worker.ledger.release(worker.run, [worker.ids[number] for number in back])
        for row in back.values():
            self.model.release(row)
        self.forget(worker)

    def forget(self, worker):
        """What the worker no longer has in hand."""
        worker.ids = {
            number: id_
            for number, id_ in worker.ids.items()
            if self.model.rows[number].holder is worker
        }

    @precondition(lambda self: self.workers)
    @rule(pick=_PICK)
    def end(self, pick):
        """A run ends: what it has in hand is settled as after a death."""
        worker = self.workers.pop(pick % len(self.workers))
        worker.ledger.end_run(worker.run, self.now)
        self.model.end(worker, self.now)
        with pytest.raises(LedgerError):
            worker.ledger.claim(self.campaign, worker.run, 1, self.now)
        self.left(worker)

    def left(self, worker):
        """The process of a worker is gone."""

    @rule(control=st.sampled_from(Control))
    def control(self, control):
        """Paused, resumed, and more rarely cancelled, which is for good."""
        order = partial(self.ledger.set_control, self.campaign, control, reason="so")
        if self.ordered(order, self.model.control, control):
            self.model.control = control
            self.model.sweep()

    def ordered(self, order, before, control):
        """Whether the ledger takes the order."""
        ended = before is Control.CANCEL and control is not before
        with pytest.raises(LedgerError) if ended else nullcontext():
            order(actor="ada", now=self.now)
        return not ended

    @rule(provider=st.sampled_from(PROVIDERS), control=st.sampled_from(Control))
    def hold(self, provider, control):
        """The same for the mail of one provider."""
        hold = self.ledger.orders.hold
        order = partial(hold, self.campaign, provider, control, reason="")
        if self.ordered(order, self.model.holds.get(provider), control):
            self.model.hold(provider, control)

    @rule(provider=st.sampled_from(PROVIDERS))
    def let_go_on(self, provider):
        """Most of the time it flows."""
        self.hold(provider, Control.RUN)

    @rule()
    def resume(self):
        """Most of the time it runs."""
        self.control(Control.RUN)

    @rule(pick=_PICK, state=st.sampled_from((State.ACCEPTED, State.WAITING)))
    def resolve(self, pick, state):
        """A person decides about one doubt."""
        doubts = [n for n, row in enumerate(self.model.rows) if _doubtful(row)]
        if doubts:
            number = doubts[pick % len(doubts)]
            chosen = [digest(number)]
            assert self.ledger.resolve(self.campaign, state, chosen, self.now) == 1
            self.model.resolve(self.model.rows[number], state, self.now)

    @rule(state=st.sampled_from((State.ACCEPTED, State.WAITING)))
    def resolve_all(self, state):
        """Or about all of them."""
        doubts = [row for row in self.model.rows if _doubtful(row)]
        decided = self.ledger.resolve(self.campaign, state, None, self.now)
        assert decided == len(doubts)
        for row in doubts:
            self.model.resolve(row, state, self.now)

    @rule(seconds=st.sampled_from((1.0, 10.0, 400.0)))
    def time_passes(self, seconds):
        """Whoever works says so in time."""
        self.now += seconds
        for worker in self.workers:
            worker.ledger.beat(worker.run, self.now)

    @rule(age=st.sampled_from((100.0, 1000.0)))
    def expire(self, age):
        """What was first tried long ago is given up."""
        before = self.now - age
        waiting = self.ledger.counts(self.campaign).get(State.WAITING, 0)
        gone = self.ledger.expire(self.campaign, before, self.now)
        self.model.expire(before)
        left = self.ledger.counts(self.campaign).get(State.WAITING, 0)
        assert waiting - left == gone

    @invariant()
    def nobody_is_lost_and_nobody_has_two(self):
        """Every row is in the state that the model says, with at most one copy."""
        for number, row in enumerate(self.model.rows):
            account = self.ledger.account(self.campaign, digest(number))
            assert account is not None
            assert (account.state, account.attempts) == (row.state, row.attempts)
            assert row.copies <= 1 + row.resends
            if row.state is State.REFUSED:
                assert row.copies <= row.resends

    @invariant()
    def the_counts_are_those_of_the_rows(self):
        """Also how many were put off, and when the next is due."""
        counts = Counter(row.state for row in self.model.rows)
        told = self.ledger.counts(self.campaign)
        assert {state: n for state, n in told.items() if n} == dict(counts)
        waiting = [row for row in self.model.rows if row.state is State.WAITING]
        assert self.ledger.deferred(self.campaign) == sum(
            row.put_off for row in waiting
        )
        back = {row.provider for row in waiting if self.model.is_held(row.provider)}
        assert self.ledger.orders.held_back(self.campaign) == back
        for held in (frozenset(), frozenset({"google"}), frozenset(PROVIDERS)):
            assert self.ledger.next_due(self.campaign, held) == self.model.next_due(
                held
            )

    @invariant()
    def a_doubt_can_be_looked_at(self):
        """With its address, until somebody decides."""
        doubts = {one.digest: one.payload for one in self.ledger.doubts(self.campaign)}
        assert doubts == {
            digest(number): payload(number)
            for number, row in enumerate(self.model.rows)
            if _doubtful(row)
        }


def _doubtful(row):
    return row.state is State.IN_DOUBT


class MemoryFleet(Fleet):
    """In memory nobody dies alone."""

    def opened(self):
        """All workers share the one."""
        return (
            self.ledger if self.workers or hasattr(self, "ledger") else MemoryLedger()
        )


class SqliteFleet(Fleet):
    """In a file: every worker is a process of its own, and may die."""

    def __init__(self):
        """In a folder of its own."""
        self.folder = Path(tempfile.mkdtemp(prefix="fleet-"))
        self.orphans = []
        super().__init__()

    def opened(self):
        """Another process opens the file."""
        return open_ledger(self.folder / "a.db", key_home=self.folder / "keys")

    def left(self, worker):
        """It closes what it has."""
        worker.ledger.close()

    @precondition(lambda self: self.workers)
    @rule(pick=_PICK)
    def die(self, pick):
        """A worker is gone without a word; its marks stay, unlocked."""
        worker = self.workers.pop(pick % len(self.workers))
        worker.ledger.close()
        self.orphans.append(worker)

    @rule(pick=_PICK)
    def die_with_a_message_out(self, pick):
        """The server has the whole message, and nobody heard that it took it."""
        if found := self.in_hand(pick, lambda row: row.taken and not row.settled):
            worker, row, _ = found
            row.copies += 1
            self.workers.remove(worker)
            worker.ledger.close()
            self.orphans.append(worker)

    @rule(pick=_PICK)
    def recover(self, pick):
        """Somebody settles what the dead left, and touches nothing of the living."""
        others = [self.ledger, *(worker.ledger for worker in self.workers)]
        rows = [row for one in self.orphans for row in self.model.held(one)]
        recorded = sum(row.settled is not None for row in rows)
        doubtful = sum(row.taken and row.settled is None for row in rows)
        found = others[pick % len(others)].recover(self.campaign, self.now)
        for worker in self.orphans:
            self.model.end(worker, self.now)
        self.orphans.clear()
        assert (found.recorded, found.in_doubt) == (recorded, doubtful)
        assert found.waiting == len(rows) - recorded - doubtful

    def teardown(self):
        """The file is whole, past the ledger as well."""
        for worker in self.workers:
            worker.ledger.close()
        self.ledger.close()
        assert_consistent(self.folder / "a.db")
        shutil.rmtree(self.folder)


_SOME = hypothesis.settings(
    stateful_step_count=60,
    # More would not fit in the time that a single test has.
    max_examples=min(500, hypothesis.settings().max_examples),
)
TestMemoryFleet = MemoryFleet.TestCase
TestMemoryFleet.settings = _SOME
TestSqliteFleet = SqliteFleet.TestCase
TestSqliteFleet.settings = _SOME
