"""What people agreed to, in the ledger that is forgotten with its process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

import attrs

from safesend.errors import CampaignPurged, LedgerError
from safesend.ledger.consent import PilotRecord
from safesend.ledger.drawer import Drawer, Entry
from safesend.ledger.history import Approval, Order
from safesend.ledger.papers import Papers
from safesend.ledger.values import Shares, State
from safesend.policies.pilot import Pilot, PilotSeen
from safesend.redaction import mask_text

__all__ = ["OwnConsent"]

_OPEN = frozenset({State.WAITING, State.SENDING})


@attrs.define
class OwnConsent:
    """See `Consent` for what its methods promise."""

    drawer: Callable[[int], Drawer]
    """The campaign of that number; raises `LedgerError` when there is none."""
    note: Callable[[int, Order], None]
    """Keeps who ordered what when, and why."""

    def approve(
        self, campaign: int, digest: bytes, *, actor: str, reason: str, now: float
    ) -> None:
        """See `Consent.approve`."""
        approval = Approval(now, digest, mask_text(actor), mask_text(reason))
        self._unpurged(campaign).papers.approvals.append(approval)

    def approvals(self, campaign: int, digest: bytes | None = None) -> list[Approval]:
        """See `Consent.approvals`."""
        found = self.drawer(campaign).papers.approvals
        return [one for one in found if digest is None or one.digest == digest]

    def needed(self, campaign: int) -> int:
        """See `Consent.needed`."""
        return self.drawer(campaign).papers.needed

    def need(self, campaign: int, people: int, *, actor: str, now: float) -> None:
        """See `Consent.need`."""
        papers = self._unpurged(campaign).papers
        if papers.needed != people:
            papers.needed = people
            self.note(campaign, Order(now, "approvals", "", actor, f"{people} needed"))

    def pilot(self, campaign: int) -> PilotRecord | None:
        """See `Consent.pilot`."""
        return self.drawer(campaign).papers.pilot

    def plan_pilot(
        self, campaign: int, terms: Pilot | None, fingerprint: bytes
    ) -> None:
        """See `Consent.plan_pilot`."""
        drawer = self._unpurged(campaign)
        papers = drawer.papers
        known = papers.pilot
        if known is not None and known.begun is not None:
            if drawer.live_since is None or drawer.fingerprint == fingerprint:
                return
            terms = terms or known.terms
        if terms is not None:
            papers.pilot = PilotRecord(terms)

    def pilot_seen(self, campaign: int) -> PilotSeen:
        """See `Consent.pilot_seen`."""
        drawer = self.drawer(campaign)
        papers = drawer.papers
        if papers.pilot is None or papers.pilot.begun is None:
            raise LedgerError("no pilot of this campaign has begun")
        rows = (drawer.rows[digest] for digest in papers.people)
        people = [
            entry
            for entry in rows
            if entry.state is not State.SUPPRESSED and not entry.kind
        ]
        states = Counter(entry.state for entry in people)
        open_ = sum(states[state] for state in _OPEN)
        in_doubt, got_it = states[State.IN_DOUBT], states[State.ACCEPTED]
        tried = [one.last_tried for one in people if one.last_tried is not None]
        return PilotSeen(
            people=len(people),
            open=open_,
            in_doubt=in_doubt,
            lost=len(people) - open_ - in_doubt - got_it,
            last=max(tried, default=papers.pilot.begun),
        )

    def release(self, campaign: int, *, actor: str, reason: str, now: float) -> bool:
        """See `Consent.release`."""
        papers = self.drawer(campaign).papers
        held = papers.held
        if held and papers.pilot is not None:
            papers.pilot = attrs.evolve(papers.pilot, over=now)
            self.note(campaign, Order(now, "approve", "", actor, reason))
        return held

    def due(
        self, campaign: int, limit: int, now: float, shares: Shares
    ) -> list[Entry] | None:
        """Rows of the pilot whose turn it is, taken out; None: it holds nobody up."""
        drawer = self.drawer(campaign)
        papers = drawer.papers
        _begin(papers, drawer, now)
        if not papers.held:
            return None
        given: Counter[str] = Counter()
        chosen: list[Entry] = []
        for entry in sorted(_waiting(drawer), key=_turn):
            room = entry.not_before <= now and len(chosen) < limit
            if room and given[entry.provider] < shares.of(entry.provider, limit):
                given[entry.provider] += 1
                chosen.append(entry)
        drawer.take_out(chosen)
        return chosen

    def next_due(
        self, campaign: int, held: Collection[str]
    ) -> tuple[bool, float | None]:
        """Whether a pilot holds the others up, and when the next of it is due."""
        drawer = self.drawer(campaign)
        dates = [
            entry.not_before for entry in _waiting(drawer) if entry.provider not in held
        ]
        return drawer.papers.held, min(dates, default=None)

    def purge(self, campaign: int) -> None:
        """Of what was agreed to nothing is left, and nobody of the pilot."""
        papers = self.drawer(campaign).papers
        papers.people = ()
        papers.approvals = [attrs.evolve(one, digest=b"") for one in papers.approvals]

    def _unpurged(self, campaign: int) -> Drawer:
        drawer = self.drawer(campaign)
        if drawer.purged is not None:
            raise CampaignPurged(drawer.name, drawer.purged)
        return drawer


def _waiting(drawer: Drawer) -> list[Entry]:
    people = (drawer.rows[digest] for digest in drawer.papers.people)
    return [entry for entry in people if entry.state is State.WAITING]


def _begin(papers: Papers, drawer: Drawer, now: float) -> None:
    pilot = papers.pilot
    if pilot is None or pilot.begun is not None or pilot.over is not None:
        return
    rows = [entry for entry in drawer.rows.values() if entry.state is State.WAITING]
    people = [entry for entry in rows if not entry.kind]
    most = pilot.terms.first
    if len(people) <= most:
        papers.pilot = attrs.evolve(pilot, over=now)
        return
    papers.pilot = attrs.evolve(pilot, begun=now)
    # A stable sort: in list order, those who were tried before come last.
    people = sorted(people, key=lambda entry: not entry.never_tried)[:most]
    last = max(entry.id for entry in people)
    seeds = [one for one in rows if one.kind and one.never_tried and one.id <= last]
    papers.people = tuple(entry.digest for entry in people + seeds)


def _turn(entry: Entry) -> tuple[bool, float, int]:
    """Those put off first, the longest due ahead; then in list order."""
    return not entry.put_off, entry.not_before, entry.id
