"""Other processes that send the same rows, for as long as one call takes."""

from __future__ import annotations

from typing import Protocol

from safesend.ledger.base import CampaignRecord

__all__ = ["Company"]


class Company(Protocol):
    """Whoever helps with one call. Between `begin` and `end` they may be at work."""

    def begin(self, record: CampaignRecord, waiting: int, lanes: int) -> int:
        """Have them begin; gives how many of the lanes are left to this process."""

    async def over(self, *, stopped: bool) -> bool:
        """Wait until nobody is at work; `stopped`: tell them to stop first.

        Gives whether somebody died, whose rows are to be looked for.
        """

    async def end(self) -> None:
        """Have them stop, and wait for them, if they are still there."""
