"""What a person says of a campaign: that its content is right, or that it goes on."""

from __future__ import annotations

import attrs

from safesend.clock import SYSTEM
from safesend.ledger.base import Ledger
from safesend.ledger.runs import this_user

__all__ = ["Word"]


@attrs.frozen
class Word:
    """Somebody's word about the campaign `name` of a ledger.

    Without an `actor` it is the user who runs this.
    """

    ledger: Ledger
    name: str
    actor: str | None
    reason: str

    def approve(self, digest: bytes) -> None:
        """The content with this digest may be sent."""
        now = self.ledger.clock(SYSTEM).now()
        self.ledger.consent.approve(
            self.ledger.campaign(self.name, now).id,
            digest,
            actor=self.actor or this_user(),
            reason=self.reason,
            now=now,
        )

    def release(self) -> bool:
        """Those who wait for the pilot may go; False: nobody waited for one."""
        now = self.ledger.clock(SYSTEM).now()
        return self.ledger.consent.release(
            self.ledger.campaign(self.name, now).id,
            actor=self.actor or this_user(),
            reason=self.reason,
            now=now,
        )
