"""The kinds of campaigns and rows in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import attrs

from safesend.ledger.drawer import Drawer
from safesend.ledger.values import State
from safesend.redaction import mask_text

__all__ = ["MemoryKinds"]


@attrs.frozen
class MemoryKinds:
    """See `Kinds` for what its methods promise."""

    drawers: Mapping[int, Drawer]

    def describe(self, campaign: int, kind: str, about: str) -> None:
        """See `Kinds.describe`."""
        drawer = self.drawers[campaign]
        drawer.kind, drawer.about = kind, mask_text(about)

    def seeds(self, campaign: int) -> Mapping[State, int]:
        """See `Kinds.seeds`."""
        rows = self.drawers[campaign].rows.values()
        return Counter(entry.state for entry in rows if entry.kind)
