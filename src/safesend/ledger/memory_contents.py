"""What campaigns are made of, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import attrs

from safesend.ledger.contents import digest_of, missing
from safesend.ledger.drawer import Drawer

__all__ = ["MemoryContents"]


@attrs.frozen
class MemoryContents:
    """See `Contents` for what its methods promise."""

    drawers: Mapping[int, Drawer]
    drawer: Callable[[int], Drawer]
    """The campaign of that number; raises `LedgerError` when there is none."""
    unpurged: Callable[[int], Drawer]
    """The same, and raises `CampaignPurged`."""

    def keep(self, campaign: int, manifest: bytes, parts: Iterable[bytes]) -> None:
        """See `Contents.keep`."""
        drawer = self.unpurged(campaign)
        drawer.content = [bytes(octets) for octets in (manifest, *parts)]

    def manifest(self, campaign: int) -> bytes | None:
        """See `Contents.manifest`."""
        content = self.drawer(campaign).content
        return content[0] if content else None

    def part(self, digest: bytes) -> bytes:
        """See `Contents.part`."""
        for drawer in self.drawers.values():
            for octets in drawer.content:
                if digest_of(octets) == digest:
                    return octets
        raise missing(digest)
