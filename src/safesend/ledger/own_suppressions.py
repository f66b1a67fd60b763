"""Mailboxes left out, of a ledger that is forgotten with its process."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from safesend.ledger.flow import LeftOut

__all__ = ["OwnSuppressions"]


@attrs.define
class OwnSuppressions:
    """Mailboxes that are none: by digest, the campaign that found out, and the date."""

    found: dict[bytes, tuple[str, float]] = attrs.field(factory=dict, repr=False)
    asked: set[bytes] = attrs.field(factory=set, repr=False)
    """Those of persons who asked for it: they outlast the campaign."""

    def add(self, digest: bytes, campaign: str, now: float) -> None:
        """A server said so; the first campaign to hear of it is remembered."""
        self.found.setdefault(digest, (campaign, now))

    def has(self, digest: bytes) -> bool:
        """See `Ledger.suppressed`."""
        return digest in self.found

    def lift(self, digest: bytes) -> str | None:
        """See `Ledger.lift`; gives the campaign that had found out."""
        self.asked.discard(digest)
        return self.found.pop(digest, (None,))[0]

    def purge(self, campaign: str) -> int:
        """Drop what a campaign found out; gives how many."""
        found = [
            digest
            for digest, (name, _) in self.found.items()
            if name == campaign and digest not in self.asked
        ]
        for digest in found:
            del self.found[digest]
        return len(found)

    def summary(self) -> Mapping[str, LeftOut]:
        """See `Ledger.suppressions`."""
        dates: dict[str, list[float]] = {}
        for campaign, date in self.found.values():
            dates.setdefault(campaign, []).append(date)
        return {
            name: LeftOut(len(found), min(found), max(found))
            for name, found in dates.items()
        }
