"""The ledger that is forgotten with its process: for rehearsals, tests, small runs."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from safesend.errors import CampaignPurged, LedgerError
from safesend.ledger.arrivals import OwnArrivals
from safesend.ledger.at_home import AtHome
from safesend.ledger.base import (
    ALL,
    Account,
    Allowance,
    CampaignRecord,
    Control,
    Doubt,
    LeftOut,
    NewRow,
    Progress,
    Recovery,
    Result,
    Row,
    Shares,
    State,
)
from safesend.ledger.drawer import Drawer, Entry
from safesend.ledger.flow import Arrivals, Flow
from safesend.ledger.history import Order
from safesend.ledger.lists import OwnLists
from safesend.ledger.memory_contents import MemoryContents
from safesend.ledger.memory_hindsight import MemoryHindsight
from safesend.ledger.memory_history import MemoryHistory
from safesend.ledger.memory_kinds import MemoryKinds
from safesend.ledger.memory_orders import OwnOrders
from safesend.ledger.memory_persons import MemoryPersons
from safesend.ledger.own_consent import OwnConsent
from safesend.ledger.own_runs import OwnRun
from safesend.ledger.own_suppressions import OwnSuppressions
from safesend.ledger.replies import RECORDABLE, reason
from safesend.ledger.seats import OwnSeats
from safesend.ledger.sight import OwnSight
from safesend.redaction import mask_text

__all__ = ["MemoryLedger"]


class MemoryLedger(AtHome):
    """See `Ledger` for what its methods promise; nothing outlives the process."""

    name = ":memory:"
    encrypted = False

    def __init__(self) -> None:
        self.secret = secrets.token_bytes(32)
        self._drawers: dict[int, Drawer] = {}
        self.history = MemoryHistory(self._drawer)
        self.consent = OwnConsent(self._drawer, self.history.order)
        self._runs: dict[int, OwnRun] = {}
        self._rows: dict[int, Entry] = {}
        self._suppressions = OwnSuppressions()
        self._flows: dict[tuple[str, str], Flow] = {}
        self._arrivals = OwnArrivals()
        self._last_run = self._last_row = 0
        self.persons = MemoryPersons(
            self._drawers,
            self._rows,
            self._runs,
            self._suppressions,
            self._flows,
            self.consent,
            self.history,
        )
        self.orders = OwnOrders(self._unpurged, self.history.order)
        self.kinds = MemoryKinds(self._drawers)
        self.contents = MemoryContents(self._drawers, self._drawer, self._unpurged)
        order, left_out = self.history.order, self._suppressions
        self.hindsight = MemoryHindsight(
            self._drawer, self._unpurged, left_out, order, self._drawers
        )
        self.seats, self.lists = OwnSeats(), OwnLists()
        self.sight = OwnSight(
            lambda campaign: self._drawer(campaign).rows.values(), self._runs
        )

    def campaign(self, name: str, now: float) -> CampaignRecord:
        """See `Ledger.campaign`."""
        for number, drawer in self._drawers.items():
            if drawer.name == name:
                return drawer.record(number)
        number = len(self._drawers) + 1
        self._drawers[number] = Drawer(name, created=now)
        return self._drawers[number].record(number)

    def campaigns(self) -> list[CampaignRecord]:
        """See `Ledger.campaigns`."""
        return [drawer.record(number) for number, drawer in self._drawers.items()]

    def begin_draft(self, campaign: int) -> None:
        """See `Ledger.begin_draft`."""
        self._unpurged(campaign).draft = {}

    def enrol(self, campaign: int, rows: Sequence[NewRow]) -> int:
        """See `Ledger.enrol`."""
        drawer = self._unpurged(campaign)
        draft = _begun(drawer)
        before = len(draft)
        for row in rows:
            if row.digest not in drawer.rows:
                draft.setdefault(row.digest, row)
        return len(draft) - before

    def drop_draft(self, campaign: int) -> None:
        """See `Ledger.drop_draft`."""
        self._drawer(campaign).draft = None

    def go_live(self, campaign: int, fingerprint: bytes, now: float) -> int:
        """See `Ledger.go_live`."""
        drawer = self._unpurged(campaign)
        for row in _begun(drawer).values():
            self._last_row += 1
            entry = Entry(
                self._last_row,
                row.digest,
                row.payload,
                row.provider,
                row.suppression,
                kind=row.kind,
            )
            self._rows[entry.id] = drawer.rows[row.digest] = entry
            if self._suppressions.has(row.suppression):
                entry.finish(State.SUPPRESSED)
            else:
                drawer.wait(entry)
        drawer.draft, drawer.fingerprint = None, fingerprint
        drawer.live_since = now if drawer.live_since is None else drawer.live_since
        drawer.sweep()
        return len(drawer.rows)

    def note_allowances(
        self, campaign: int, allowances: Sequence[Allowance], now: float
    ) -> None:
        """See `Ledger.note_allowances`."""
        for allowance in allowances:
            self._drawers[campaign].allowances.setdefault(allowance, now)

    def allowances(self, campaign: int) -> list[Allowance]:
        """See `Ledger.allowances`."""
        return list(self._drawers[campaign].allowances)

    def start_run(
        self, campaign: int, now: float, relay: str = "", actor: str = ""
    ) -> int:
        """See `Ledger.start_run`."""
        letter = self._unpurged(campaign).fingerprint
        self._last_run += 1
        self._runs[self._last_run] = OwnRun(campaign, relay, now, letter)
        self.history.begin_run(self._last_run, self._runs[self._last_run], actor)
        return self._last_run

    def progress(self, run: int) -> Progress:
        """See `Ledger.progress`."""
        marks = self._run(run).marks
        marks.asked_for = True
        return marks

    def beat(self, run: int, now: float) -> None:  # noqa: ARG002
        """See `Ledger.beat`."""
        self._run(run)

    def end_run(self, run: int, now: float, stopped: str = "") -> None:
        """See `Ledger.end_run`."""
        if (found := self._runs.get(run)) is None:
            return
        fates = found.marks.fates
        held = sorted(found.held)
        doubtful = [id_ for id_ in held if id_ not in fates]
        self.release(run, [id_ for id_ in held if fates.get(id_, found) is None])
        settled = [fate for id_ in held if (fate := fates.get(id_)) is not None]
        self.record(run, settled, now)
        for id_ in doubtful:
            self._rows[id_].state = State.IN_DOUBT
            self._rows[id_].taken_by = (found.relay, found.started)
            self._rows[id_].left_in_doubt()
        self.history.end_run(run, now, stopped)
        del self._runs[run]

    def recover(self, campaign: int, now: float) -> Recovery:  # noqa: ARG002
        """See `Ledger.recover`: there is nobody else, so nothing is found."""
        self._drawer(campaign)
        return Recovery()

    def claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares = ALL
    ) -> list[Row]:
        """See `Ledger.claim`."""
        drawer, found = self._unpurged(campaign), self._run(run)
        if found.campaign != campaign:
            raise LedgerError(f"run {run} is of another campaign")
        if drawer.is_closed(now) or found.letter not in {b"", drawer.fingerprint}:
            return []
        shares = shares.without(drawer.ordered.held)
        due = self.consent.due(campaign, limit, now, shares)
        if due is None:
            due = drawer.due(limit, now, shares)
        rows = [entry.claimed(now) for entry in due]
        ids = [row.id for row in rows]
        found.held.update(ids)
        if found.marks.asked_for:
            found.marks.admit(ids)
        return rows

    def record(self, run: int, results: Sequence[Result], now: float) -> int:
        """See `Ledger.record`."""
        if (found := self._runs.get(run)) is None:
            return 0
        if not {result.state for result in results} <= RECORDABLE:
            raise LedgerError("a result is a final state, in_doubt or waiting")
        drawer, changed = self._drawers[found.campaign], 0
        for result in results:
            if result.id in found.held:
                found.held.remove(result.id)
                changed += 1
                entry = self._rows[result.id]
                entry.taken_by = (found.relay, found.started)
                entry.settle(result, now)
                if result.suppress:
                    self._suppressions.add(entry.suppression, drawer.name, now)
                if result.state is State.WAITING:
                    drawer.wait(self._rows[result.id])
        found.marks.forget([result.id for result in results])
        drawer.sweep()
        return changed

    def release(self, run: int, ids: Sequence[int]) -> None:
        """See `Ledger.release`."""
        if (found := self._runs.get(run)) is None:
            return
        drawer = self._drawers[found.campaign]
        for id_ in found.held.intersection(ids):
            found.held.remove(id_)
            self._rows[id_].untouched()
            drawer.wait(self._rows[id_])
        found.marks.forget(ids)
        drawer.sweep()

    def counts(self, campaign: int) -> Mapping[State, int]:
        """See `Ledger.counts`."""
        return self._drawer(campaign).counts()

    def deferred(self, campaign: int) -> int:
        """See `Ledger.deferred`."""
        return sum(1 for entry in self._waiting(campaign) if entry.put_off)

    def next_due(
        self, campaign: int, held: Collection[str] = frozenset()
    ) -> float | None:
        """See `Ledger.next_due`."""
        drawer = self._drawer(campaign)
        held = {*held, *drawer.ordered.held}
        limited, date = self.consent.next_due(campaign, held)
        if not limited:
            return drawer.next_due(held)
        return None if date is None else max(date, drawer.ordered.begins)

    def expire(self, campaign: int, tried_before: float, now: float) -> int:  # noqa: ARG002
        """See `Ledger.expire`."""
        gone = [
            entry
            for entry in self._waiting(campaign)
            if entry.put_off
            and entry.first_tried is not None
            and entry.first_tried < tried_before
            and entry.doubted is None
        ]
        for entry in gone:
            entry.finish(State.EXPIRED)
        return len(gone)

    def control(self, campaign: int) -> Control:
        """See `Ledger.control`."""
        return self._drawer(campaign).ordered.control

    def set_control(
        self, campaign: int, control: Control, *, actor: str, reason: str, now: float
    ) -> None:
        """See `Ledger.set_control`."""
        self.orders.order(campaign, control, actor=actor, reason=reason, now=now)

    def resolve(
        self,
        campaign: int,
        state: State,
        digests: Iterable[bytes] | None,
        now: float,
        actor: str = "",
    ) -> int:
        """See `Ledger.resolve`."""
        if state not in {State.ACCEPTED, State.WAITING}:
            raise LedgerError("a row in doubt becomes accepted or waiting")
        if decided := self._unpurged(campaign).resolve(state, digests, now):
            verb = "accept" if state is State.ACCEPTED else "resend"
            why = f"{decided} in doubt"
            self.history.order(campaign, Order(now, verb, "", actor, why))
        return decided

    def doubts(self, campaign: int) -> list[Doubt]:
        """See `Ledger.doubts`."""
        return [entry.doubt() for entry in self._drawer(campaign).in_doubt()]

    def resend_known(
        self, campaign: int, relay: str, sent_after: float, now: float
    ) -> int:
        """See `Ledger.resend_known`."""
        return self._unpurged(campaign).resend_known(relay, sent_after, now)

    def suppressed(self, suppression: bytes) -> bool:
        """See `Ledger.suppressed`."""
        return self._suppressions.has(suppression)

    def lift(self, suppression: bytes, *, actor: str, reason: str, now: float) -> bool:
        """See `Ledger.lift`."""
        if (found := self._suppressions.lift(suppression)) is None:
            return False
        campaign = next(n for n, d in self._drawers.items() if d.name == found)
        self.history.order(campaign, Order(now, "lift", "", actor, reason))
        return True

    def suppressions(self) -> Mapping[str, LeftOut]:
        """See `Ledger.suppressions`."""
        return self._suppressions.summary()

    def flows(self, since: float = 0.0) -> list[Flow]:
        """See `Ledger.flows`."""
        return [flow for flow in self._flows.values() if flow.changed > since]

    def note_flows(self, flows: Sequence[Flow]) -> None:
        """See `Ledger.note_flows`."""
        for flow in flows:
            at = (flow.route, flow.provider)
            before = self._flows.get(at)
            began = flow.began if before is None else before.began or flow.began
            masked = mask_text(flow.reason)
            self._flows[at] = attrs.evolve(flow, began=began, reason=masked)

    def arrivals(self) -> Arrivals:
        """See `Ledger.arrivals`."""
        return self._arrivals

    def account(self, campaign: int, digest: bytes) -> Account | None:
        """See `Ledger.account`."""
        drawer = self._drawer(campaign)
        if (entry := drawer.rows.get(digest)) is not None:
            return entry.account()
        if drawer.draft is not None and digest in drawer.draft:
            return Account(State.DRAFT, 0, None, "", None, None, "")
        return None

    def reasons(self, campaign: int, state: State) -> Iterator[tuple[str, int]]:
        """See `Ledger.reasons`."""
        replies = Counter(
            reason(entry.code, entry.enhanced, entry.text)
            for entry in self._drawer(campaign).rows.values()
            if entry.state is state and entry.explained
            # As in the file: what keeps its turn as if nothing had been is not put off.
            if entry.put_off or state is not State.WAITING
        )
        return iter(replies.most_common())

    def close(self) -> None:
        """See `Ledger.close`."""

    def _drawer(self, campaign: int) -> Drawer:
        if (drawer := self._drawers.get(campaign)) is None:
            raise LedgerError(f"the ledger has no campaign number {campaign}")
        return drawer

    def _unpurged(self, campaign: int) -> Drawer:
        drawer = self._drawer(campaign)
        if drawer.purged is not None:
            raise CampaignPurged(drawer.name, drawer.purged)
        return drawer

    def _run(self, run: int) -> OwnRun:
        if (found := self._runs.get(run)) is None:
            raise LedgerError(f"run {run} has ended; start again")
        return found

    def _waiting(self, campaign: int) -> list[Entry]:
        rows = self._drawer(campaign).rows.values()
        return [entry for entry in rows if entry.state is State.WAITING]


def _begun(drawer: Drawer) -> dict[bytes, NewRow]:
    if drawer.draft is None:
        raise LedgerError("nothing can be enrolled before begin_draft()")
    return drawer.draft
