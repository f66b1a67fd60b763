"""What people agreed to, and what waits until they do.

The methods block, as those of `Ledger`, and each of them is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from safesend.ledger.history import Approval
from safesend.policies.pilot import Pilot, PilotSeen

__all__ = ["Consent", "PilotRecord", "distinct"]


@attrs.frozen
class PilotRecord:
    """The pilot of a campaign. `begun` and `over` are dates, or None: not yet."""

    terms: Pilot
    begun: float | None = None
    over: float | None = None

    @property
    def holds(self) -> bool:
        """Whether it has begun, and the rest waits for its end."""
        return self.begun is not None and self.over is None


def distinct(approvals: Sequence[Approval]) -> list[str]:
    """Who approved, each once, in order of the first time."""
    names: dict[str, str] = {}
    for one in approvals:
        names.setdefault(one.actor.strip().casefold(), one.actor)
    return list(names.values())


class Consent(Protocol):
    """A ledger's memory of what people agreed to."""

    def approve(
        self, campaign: int, digest: bytes, *, actor: str, reason: str, now: float
    ) -> None:
        """Somebody agreed to this content."""

    def approvals(self, campaign: int, digest: bytes | None = None) -> list[Approval]:
        """Who agreed to this content (None: to whichever), the earliest first."""

    def needed(self, campaign: int) -> int:
        """How many people must have approved what is sent."""

    def need(self, campaign: int, people: int, *, actor: str, now: float) -> None:
        """From now on so many must have; a change is kept with who made it."""

    def pilot(self, campaign: int) -> PilotRecord | None:
        """The pilot that was planned for the campaign, if there was one."""

    def plan_pilot(
        self, campaign: int, terms: Pilot | None, fingerprint: bytes
    ) -> None:
        """Plan a pilot (None: the one that was planned before, if there was one).

        It begins with the next claim that finds more people who wait than it has; its
        people are then the first of the list who were never tried (and of those who
        were, where these are too few), with the seeds before the last of them, who do
        not count. Until it is over `claim` and `next_due` know no others. One that has
        begun is left as it is, unless the live campaign has another fingerprint: then
        it begins anew.
        """

    def pilot_seen(self, campaign: int) -> PilotSeen:
        """How the people of the pilot fared so far."""

    def release(self, campaign: int, *, actor: str, reason: str, now: float) -> bool:
        """The pilot is over, the rest may go; False: none held anybody back."""
