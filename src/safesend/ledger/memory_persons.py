"""What a ledger in memory knows of persons; it ends with the process at the latest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import attrs

from safesend.errors import ConfigurationError, LedgerBusy, LedgerError
from safesend.ledger.drawer import Drawer, Entry
from safesend.ledger.flow import Flow
from safesend.ledger.history import Order
from safesend.ledger.memory_history import MemoryHistory
from safesend.ledger.own_consent import OwnConsent
from safesend.ledger.own_suppressions import OwnSuppressions
from safesend.ledger.persons import Forgotten, Purged, Trace, refuse_unfinished
from safesend.ledger.values import NewRow, State

__all__ = ["MemoryPersons"]

_OPEN = (State.DRAFT, State.WAITING, State.SENDING, State.IN_DOUBT)


class _Run(Protocol):
    """A run that did not end."""

    @property
    def campaign(self) -> int: ...


@attrs.define
class MemoryPersons:
    """See `Persons` for what its methods promise."""

    drawers: Mapping[int, Drawer] = attrs.field(repr=False)
    rows: dict[int, Entry] = attrs.field(repr=False)
    runs: Mapping[int, _Run] = attrs.field(repr=False)
    suppressions: OwnSuppressions = attrs.field(repr=False)
    flows: dict[tuple[str, str], Flow] = attrs.field(repr=False)
    consent: OwnConsent = attrs.field(repr=False)
    history: MemoryHistory = attrs.field(repr=False)

    def keep(self, campaign: int, seconds: float) -> None:
        """See `Persons.keep`."""
        self._drawer(campaign).keep_for = seconds

    def kept_until(self, campaign: int) -> float | None:
        """See `Persons.kept_until`."""
        drawer = self._drawer(campaign)
        if drawer.purged is not None or drawer.keep_for is None or _is_open(drawer):
            return None
        return None if drawer.live_since is None else _ended(drawer) + drawer.keep_for

    def over(
        self, now: float, age: float | None = None, *, unfinished: bool = False
    ) -> list[int]:
        """See `Persons.over`."""
        found = []
        for number, drawer in self.drawers.items():
            seconds = drawer.keep_for if age is None else age
            live = drawer.live_since is not None and drawer.purged is None
            if live and seconds is not None and (unfinished or not _is_open(drawer)):
                found += [number] if _ended(drawer) + seconds <= now else []
        return found

    def purge(
        self,
        campaign: int,
        *,
        actor: str,
        reason: str,
        now: float,
        unfinished: bool = False,
    ) -> Purged:
        """See `Persons.purge`."""
        drawer = self._drawer(campaign)
        if drawer.purged is not None:
            return Purged(0)
        if campaign in {run.campaign for run in self.runs.values()}:
            raise LedgerBusy("a run of this campaign is at work; end it first")
        if drawer.draft is not None:
            raise LedgerBusy("a list is being read into this campaign")
        numbers = dict(drawer.counts())
        gone = Purged(
            len(drawer.rows),
            numbers.get(State.WAITING, 0),
            numbers.get(State.IN_DOUBT, 0),
        )
        if not unfinished:
            refuse_unfinished(drawer.name, gone)
        if waiting := numbers.pop(State.WAITING, 0):
            numbers[State.CANCELLED] = numbers.get(State.CANCELLED, 0) + waiting
        for entry in drawer.rows.values():
            del self.rows[entry.id]
        drawer.empty(numbers, now)
        self.consent.purge(campaign)
        self.history.purge(campaign)
        self.history.order(campaign, Order(now, "purge", "", actor, reason))
        self._forget_flows(now)
        return attrs.evolve(gone, mailboxes=self.suppressions.purge(drawer.name))

    def forget(
        self,
        mailbox: bytes,
        *,
        actor: str,
        reason: str,
        now: float,
        suppress: bool = False,
    ) -> list[Forgotten]:
        """See `Persons.forget`."""
        if any(_drafted(drawer, mailbox) for drawer in self.drawers.values()):
            raise LedgerBusy("a list with this person is being read in")
        rows = self._rows(mailbox)
        if any(entry.state is State.SENDING for entry, _ in rows):
            raise LedgerBusy("this person's message is being sent at this moment")
        if suppress:
            known = [drawer for _, drawer in rows] or self.drawers.values()
            self._suppress(mailbox, known, now)
        forgotten = []
        for entry, drawer in rows:
            before = entry.state
            entry.forget()
            forgotten.append(Forgotten(drawer.name, before, entry.state))
        for number, drawer in self.drawers.items():
            if drawer.name in {one.campaign for one in forgotten}:
                self.history.order(number, Order(now, "forget", "", actor, reason))
        return forgotten

    def about(self, mailbox: bytes) -> list[Trace]:
        """See `Persons.about`."""
        found = [_trace(drawer.name, entry) for entry, drawer in self._rows(mailbox)]
        for drawer in self.drawers.values():
            for row in _drafted(drawer, mailbox):
                entry = Entry(0, row.digest, row.payload, state=State.DRAFT)
                found.append(_trace(drawer.name, entry))
        return found

    def sweep(self) -> bool:
        """See `Persons.sweep`: there is no file."""
        return True

    def destroy_key(self, now: float) -> str:  # noqa: ARG002
        """See `Persons.destroy_key`."""
        raise ConfigurationError("the key of a ledger in memory ends with its process")

    def _drawer(self, campaign: int) -> Drawer:
        if (drawer := self.drawers.get(campaign)) is None:
            raise LedgerError(f"the ledger has no campaign number {campaign}")
        return drawer

    def _rows(self, mailbox: bytes) -> list[tuple[Entry, Drawer]]:
        """The live rows of a mailbox with their campaigns, in list order."""
        found = [
            (entry, drawer)
            for drawer in self.drawers.values()
            for entry in drawer.rows.values()
            if entry.suppression == mailbox
        ]
        return sorted(found, key=lambda row: row[0].id)

    def _forget_flows(self, now: float) -> None:
        left = {entry.provider for entry in self.rows.values()}
        for at, flow in list(self.flows.items()):
            if "." in flow.provider and flow.provider not in left:
                del self.flows[at]
            elif flow.paused_until <= now:
                self.flows[at] = attrs.evolve(flow, reason="")

    def _suppress(self, mailbox: bytes, known: Iterable[Drawer], now: float) -> None:
        names = [drawer.name for drawer in known]
        if not names:
            raise ConfigurationError(
                "the ledger holds no campaign yet, so nobody is in it"
            )
        self.suppressions.add(mailbox, names[-1], now)
        self.suppressions.asked.add(mailbox)


def _is_open(drawer: Drawer) -> bool:
    counts = drawer.counts()
    return any(counts.get(state) for state in _OPEN)


def _ended(drawer: Drawer) -> float:
    tried = [entry.last_tried or 0.0 for entry in drawer.rows.values()]
    return max([drawer.live_since or 0.0, drawer.decided, *tried])


def _drafted(drawer: Drawer, mailbox: bytes) -> list[NewRow]:
    draft = drawer.draft or {}
    return [row for row in draft.values() if row.suppression == mailbox]


def _trace(name: str, entry: Entry) -> Trace:
    return Trace(
        name,
        entry.state,
        entry.attempts,
        entry.first_tried,
        entry.last_tried,
        entry.stage,
        entry.code,
        entry.enhanced,
        entry.text,
        entry.payload,
        entry.heard,
    )
