"""The suppression list of a run: asked at every claim, told who is unknown."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from safesend.engine.verdicts import suppressed
from safesend.ledger.base import Ledger, Result, Row
from safesend.message.address import Address
from safesend.suppression import Reason, SuppressionList
from safesend.suppression.freshness import keep_up

__all__ = ["Gate"]


@attrs.frozen
class Gate:
    """All of it blocks, and is called from the thread that has the ledger."""

    shared: SuppressionList
    campaign: str
    ledger: Ledger

    def keep_up(self) -> None:
        """Raise `ConfigurationError` where others saw a newer list than this one."""
        keep_up(self.shared, self.ledger)

    def kept_back(
        self, rows: Sequence[Row], people: Sequence[Address], now: float
    ) -> list[Result]:
        """What is booked for claimed rows whose mailboxes are on the list."""
        reasons = self.shared.which_of(people, now)
        return [
            suppressed(row, reason)
            for row, reason in zip(rows, reasons, strict=True)
            if reason is not None
        ]

    def note(self, unknown: Sequence[Address], now: float) -> None:
        """Put mailboxes on the list that are none, as a server said.

        Not on an older copy: raises `ConfigurationError`.
        """
        self.keep_up()
        reason = Reason.NO_SUCH_MAILBOX
        self.shared.add(unknown, reason, source=self.campaign, now=now)
        self.keep_up()
