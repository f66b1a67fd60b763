"""What a ledger in memory keeps of the consent to one campaign."""

from __future__ import annotations

import attrs

from safesend.ledger.consent import PilotRecord
from safesend.ledger.history import Approval

__all__ = ["Papers"]


@attrs.define
class Papers:
    """Who agreed, how many must, and the pilot."""

    approvals: list[Approval] = attrs.field(factory=list)
    needed: int = 0
    pilot: PilotRecord | None = None
    people: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    """The digests of the rows of a pilot that ever began."""

    @property
    def held(self) -> bool:
        """Whether the rows of a pilot are the only ones that may go."""
        return self.pilot is not None and self.pilot.holds
