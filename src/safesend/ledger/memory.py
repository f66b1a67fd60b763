"""The ledger that is forgotten with its process: for rehearsals, tests, small runs."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from safesend.errors import LedgerError
from safesend.ledger.arrivals import OwnArrivals
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
from safesend.ledger.drawer import Drawer, Entry, OwnSuppressions
from safesend.ledger.flow import Arrivals, Flow
from safesend.ledger.memory_kinds import MemoryKinds
from safesend.ledger.replies import RECORDABLE, reason
from safesend.redaction import mask_text

__all__ = ["MemoryLedger"]

_KEY = 32


@attrs.define
class _Marks:
    """Progress marks of a run, as `Progress` has them; None: never begun."""

    asked_for: bool = False
    fates: dict[int, Result | None] = attrs.field(factory=dict)

    def admit(self, ids: Sequence[int]) -> None:
        self.fates.update(dict.fromkeys(ids))

    def take(self, row: int) -> None:
        self.fates.pop(row, None)

    def settle(self, result: Result) -> None:
        self.fates[result.id] = result

    def forget(self, ids: Sequence[int]) -> None:
        for row in ids:
            self.fates.pop(row, None)


@attrs.define
class _Run:
    campaign: int
    relay: str
    started: float
    held: set[int] = attrs.field(factory=set)
    marks: _Marks = attrs.field(factory=_Marks)


class MemoryLedger:
    """See `Ledger` for what its methods promise; nothing outlives the process."""

    name = ":memory:"
    encrypted = False

    def __init__(self) -> None:
        self.secret = secrets.token_bytes(_KEY)
        self._drawers: dict[int, Drawer] = {}
        self._runs: dict[int, _Run] = {}
        self._rows: dict[int, Entry] = {}
        self._suppressions = OwnSuppressions()
        self._flows: dict[tuple[str, str], Flow] = {}
        self._arrivals = OwnArrivals()
        self._last_run = 0
        self.kinds = MemoryKinds(self._drawers)

    def campaign(self, name: str, now: float) -> CampaignRecord:  # noqa: ARG002
        """See `Ledger.campaign`."""
        for number, drawer in self._drawers.items():
            if drawer.name == name:
                return drawer.record(number)
        number = len(self._drawers) + 1
        self._drawers[number] = Drawer(name)
        return self._drawers[number].record(number)

    def campaigns(self) -> list[CampaignRecord]:
        """See `Ledger.campaigns`."""
        return [drawer.record(number) for number, drawer in self._drawers.items()]

    def begin_draft(self, campaign: int) -> None:
        """See `Ledger.begin_draft`."""
        self._drawer(campaign).draft = {}

    def enrol(self, campaign: int, rows: Sequence[NewRow]) -> int:
        """See `Ledger.enrol`."""
        drawer = self._drawer(campaign)
        draft = _begun(drawer)
        before = len(draft)
        for row in rows:
            if row.digest not in drawer.rows:
                draft.setdefault(row.digest, row)
        return len(draft) - before

    def drop_draft(self, campaign: int) -> None:
        """See `Ledger.drop_draft`."""
        self._drawer(campaign).draft = None

    def go_live(self, campaign: int, fingerprint: bytes, now: float) -> int:  # noqa: ARG002
        """See `Ledger.go_live`."""
        drawer = self._drawer(campaign)
        for row in _begun(drawer).values():
            entry = Entry(
                len(self._rows) + 1,
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
        drawer.draft, drawer.live, drawer.fingerprint = None, True, fingerprint
        drawer.sweep()
        return len(drawer.rows)

    def note_allowances(
        self,
        campaign: int,
        allowances: Sequence[Allowance],
        now: float,  # noqa: ARG002
    ) -> None:
        """See `Ledger.note_allowances`."""
        self._drawers[campaign].allowances.update(dict.fromkeys(allowances))

    def allowances(self, campaign: int) -> list[Allowance]:
        """See `Ledger.allowances`."""
        return list(self._drawers[campaign].allowances)

    def start_run(self, campaign: int, now: float, relay: str = "") -> int:
        """See `Ledger.start_run`."""
        self._drawer(campaign)
        self._last_run += 1
        self._runs[self._last_run] = _Run(campaign, relay, now)
        return self._last_run

    def progress(self, run: int) -> Progress:
        """See `Ledger.progress`."""
        marks = self._run(run).marks
        marks.asked_for = True
        return marks

    def beat(self, run: int, now: float) -> None:  # noqa: ARG002
        """See `Ledger.beat`."""
        self._run(run)

    def end_run(self, run: int, now: float) -> None:
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
        del self._runs[run]

    def recover(self, campaign: int, now: float) -> Recovery:  # noqa: ARG002
        """See `Ledger.recover`: there is nobody else, so nothing is found."""
        self._drawer(campaign)
        return Recovery()

    def claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares = ALL
    ) -> list[Row]:
        """See `Ledger.claim`."""
        found, drawer = self._run(run), self._drawer(campaign)
        if found.campaign != campaign:
            raise LedgerError(f"run {run} is of another campaign")
        if drawer.control is not Control.RUN:
            return []
        rows = [entry.claimed(now) for entry in drawer.due(limit, now, shares)]
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
        drawer = self._drawer(campaign)
        counts = Counter(entry.state for entry in drawer.rows.values())
        if drawer.draft:
            counts[State.DRAFT] = len(drawer.draft)
        return counts

    def deferred(self, campaign: int) -> int:
        """See `Ledger.deferred`."""
        return sum(1 for entry in self._waiting(campaign) if entry.put_off)

    def next_due(
        self, campaign: int, held: Collection[str] = frozenset()
    ) -> float | None:
        """See `Ledger.next_due`."""
        return self._drawer(campaign).next_due(held)

    def expire(self, campaign: int, tried_before: float, now: float) -> int:  # noqa: ARG002
        """See `Ledger.expire`."""
        gone = [
            entry
            for entry in self._waiting(campaign)
            if entry.first_tried is not None
            and entry.first_tried < tried_before
            and entry.doubted is None
        ]
        for entry in gone:
            entry.finish(State.EXPIRED)
        return len(gone)

    def control(self, campaign: int) -> Control:
        """See `Ledger.control`."""
        return self._drawer(campaign).control

    def set_control(
        self,
        campaign: int,
        control: Control,
        *,
        actor: str,  # noqa: ARG002
        reason: str,
        now: float,  # noqa: ARG002
    ) -> None:
        """See `Ledger.set_control`."""
        drawer = self._drawer(campaign)
        drawer.control, drawer.reason = control, mask_text(reason)
        drawer.sweep()

    def resolve(
        self,
        campaign: int,
        state: State,
        digests: Iterable[bytes] | None,
        now: float,
        actor: str = "",  # noqa: ARG002
    ) -> int:
        """See `Ledger.resolve`."""
        if state not in {State.ACCEPTED, State.WAITING}:
            raise LedgerError("a row in doubt becomes accepted or waiting")
        return self._drawer(campaign).resolve(state, digests, now)

    def doubts(self, campaign: int) -> list[Doubt]:
        """See `Ledger.doubts`."""
        return [entry.doubt() for entry in self._drawer(campaign).in_doubt()]

    def resend_known(
        self, campaign: int, relay: str, sent_after: float, now: float
    ) -> int:
        """See `Ledger.resend_known`."""
        return self._drawer(campaign).resend_known(relay, sent_after, now)

    def suppressed(self, suppression: bytes) -> bool:
        """See `Ledger.suppressed`."""
        return self._suppressions.has(suppression)

    def lift(
        self,
        suppression: bytes,
        *,
        actor: str,  # noqa: ARG002
        reason: str,  # noqa: ARG002
        now: float,  # noqa: ARG002
    ) -> bool:
        """See `Ledger.lift`."""
        return self._suppressions.lift(suppression)

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
            self._flows[at] = attrs.evolve(
                flow, began=began, reason=mask_text(flow.reason)
            )

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

    def _run(self, run: int) -> _Run:
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
