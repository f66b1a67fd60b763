"""Behind a pilot nobody goes until people, or its thresholds, say so."""

from __future__ import annotations

import shlex

import attrs

from safesend.clock import Clock
from safesend.engine.bookkeeper import Offstage
from safesend.ledger.base import Ledger
from safesend.ledger.consent import PilotRecord
from safesend.policies.pilot import PilotVerdict

__all__ = ["PilotWatch"]

_POLL = 0.5
"""Seconds between two looks at the pilot while it is under way."""

_AUTOMATIC = "safesend"
"""Who released a pilot of which only its thresholds were asked."""


@attrs.define
class PilotWatch:
    """Looks after the pilot of one run's campaign. Dates are seconds since 1970."""

    ledger: Ledger
    campaign: int
    clock: Clock
    offstage: Offstage
    verdict: PilotVerdict | None = None
    """Why the rest waits, as was last seen; None: it does not."""
    _looked: float = float("-inf")
    _record: PilotRecord | None = None
    """As it was last seen: it may begin and be over between two looks."""

    @property
    def until(self) -> float | None:
        """When the rest may go by itself, if nothing happens to the pilot."""
        return None if self.verdict is None else self.verdict.until

    @property
    def word(self) -> str | None:
        """What a person has to do before the rest goes."""
        if self.verdict is None or self.verdict.until is not None:
            return None
        name = self.ledger.name
        approve = f"safesend approve {shlex.quote(name)}"
        if name == ":memory:":
            approve = "campaign.release(ledger=...)"
        return f"{self.verdict.why}: look at it, then: {approve}"

    async def look(self, *, quiet: bool) -> bool:
        """Look at the pilot; whether it stands otherwise than the last time.

        `quiet`: nothing is in hand, so that there is nothing better to do.
        """
        now = self.clock.monotonic()
        if not quiet and now - self._looked < _POLL:
            return False
        self._looked = now
        date, before = self.clock.now(), (self._record, self.verdict)
        seen = await self.offstage(lambda: self._seen(date))
        self._record, self.verdict, released = seen
        return released or (self._record, self.verdict) != before

    def _seen(self, now: float) -> tuple[PilotRecord | None, PilotVerdict | None, bool]:
        """How it stands; and whether it is over now, as its thresholds say."""
        consent = self.ledger.consent
        pilot = consent.pilot(self.campaign)
        if pilot is None or not pilot.holds:
            return pilot, None, False
        verdict = pilot.terms.decide(consent.pilot_seen(self.campaign), now)
        if not verdict.release:
            return pilot, verdict, False
        by = {"actor": _AUTOMATIC, "reason": verdict.why}
        return pilot, None, consent.release(self.campaign, **by, now=now)
