"""What people agreed to, in the ledger that is forgotten with its process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import attrs

from safesend.errors import LedgerError
from safesend.ledger.consent import Approval, PilotRecord
from safesend.ledger.drawer import Drawer, Entry
from safesend.ledger.values import Shares, State
from safesend.policies.pilot import Pilot, PilotSeen
from safesend.redaction import mask_text

__all__ = ["OwnConsent"]

_OPEN = frozenset({State.WAITING, State.SENDING})


@attrs.define
class _Papers:
    """What is kept of one campaign. `people` are those of a pilot that ever began."""

    approvals: list[Approval] = attrs.field(factory=list)
    needed: int = 0
    pilot: PilotRecord | None = None
    people: list[Entry] = attrs.field(factory=list, repr=False)

    @property
    def held(self) -> bool:
        return self.pilot is not None and self.pilot.holds


@attrs.define
class OwnConsent:
    """See `Consent` for what its methods promise."""

    drawers: Mapping[int, Drawer]
    _papers: dict[int, _Papers] = attrs.field(factory=dict)

    def approve(
        self, campaign: int, digest: bytes, *, actor: str, reason: str, now: float
    ) -> None:
        """See `Consent.approve`."""
        approval = Approval(now, digest, mask_text(actor), mask_text(reason))
        self._of(campaign).approvals.append(approval)

    def approvals(self, campaign: int, digest: bytes | None = None) -> list[Approval]:
        """See `Consent.approvals`."""
        found = self._of(campaign).approvals
        return [one for one in found if digest is None or one.digest == digest]

    def needed(self, campaign: int) -> int:
        """See `Consent.needed`."""
        return self._of(campaign).needed

    def need(self, campaign: int, people: int, *, actor: str, now: float) -> None:  # noqa: ARG002
        """See `Consent.need`."""
        self._of(campaign).needed = people

    def pilot(self, campaign: int) -> PilotRecord | None:
        """See `Consent.pilot`."""
        return self._of(campaign).pilot

    def plan_pilot(
        self, campaign: int, terms: Pilot | None, fingerprint: bytes
    ) -> None:
        """See `Consent.plan_pilot`."""
        papers, drawer = self._of(campaign), self.drawers[campaign]
        known = papers.pilot
        if known is not None and known.begun is not None:
            if drawer.live_since is None or drawer.fingerprint == fingerprint:
                return
            terms = terms or known.terms
        if terms is not None:
            papers.pilot = PilotRecord(terms)

    def pilot_seen(self, campaign: int) -> PilotSeen:
        """See `Consent.pilot_seen`."""
        papers = self._of(campaign)
        if papers.pilot is None or papers.pilot.begun is None:
            raise LedgerError("no pilot of this campaign has begun")
        people = papers.people
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

    def release(self, campaign: int, *, actor: str, reason: str, now: float) -> bool:  # noqa: ARG002
        """See `Consent.release`."""
        papers = self._of(campaign)
        held = papers.held
        if held and papers.pilot is not None:
            papers.pilot = attrs.evolve(papers.pilot, over=now)
        return held

    def due(
        self, campaign: int, limit: int, now: float, shares: Shares
    ) -> list[Entry] | None:
        """Rows of the pilot whose turn it is, taken out; None: it holds nobody up."""
        papers, drawer = self._of(campaign), self.drawers[campaign]
        self._begin(papers, drawer, now)
        if not papers.held:
            return None
        given: Counter[str] = Counter()
        chosen: list[Entry] = []
        waiting = [one for one in papers.people if one.state is State.WAITING]
        for entry in sorted(waiting, key=_turn):
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
        papers = self._of(campaign)
        dates = [
            entry.not_before
            for entry in papers.people
            if entry.state is State.WAITING and entry.provider not in held
        ]
        return papers.held, min(dates, default=None)

    @staticmethod
    def _begin(papers: _Papers, drawer: Drawer, now: float) -> None:
        pilot = papers.pilot
        if pilot is None or pilot.begun is not None or pilot.over is not None:
            return
        fresh = [one for one in drawer.rows.values() if one.never_tried]
        most = pilot.terms.first
        if len(fresh) <= most:
            papers.pilot = attrs.evolve(pilot, over=now)
        else:
            papers.pilot = attrs.evolve(pilot, begun=now)
            papers.people = fresh[:most]

    def _of(self, campaign: int) -> _Papers:
        if campaign not in self.drawers:
            raise LedgerError(f"the ledger has no campaign number {campaign}")
        return self._papers.setdefault(campaign, _Papers())


def _turn(entry: Entry) -> tuple[bool, float, int]:
    """Those put off first, the longest due ahead; then in list order."""
    return not entry.put_off, entry.not_before, entry.id
