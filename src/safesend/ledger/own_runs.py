"""The runs of a ledger in memory: all of them are of this process."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from safesend.ledger.values import Result

__all__ = ["OwnMarks", "OwnRun"]


@attrs.define
class OwnMarks:
    """Progress marks of a run, as `Progress` has them; None: never begun."""

    asked_for: bool = False
    fates: dict[int, Result | None] = attrs.field(factory=dict)

    def admit(self, ids: Sequence[int]) -> None:
        """See `Progress.admit`."""
        self.fates.update(dict.fromkeys(ids))

    def take(self, row: int) -> None:
        """See `Progress.take`."""
        self.fates.pop(row, None)

    def settle(self, result: Result) -> None:
        """See `Progress.settle`."""
        self.fates[result.id] = result

    def forget(self, ids: Sequence[int]) -> None:
        """See `Progress.forget`."""
        for row in ids:
            self.fates.pop(row, None)


@attrs.define
class OwnRun:
    """A run that has not ended, and the rows that it holds."""

    campaign: int
    relay: str
    started: float
    letter: bytes = b""
    """The fingerprint of the campaign when it began; b"": it was not live yet."""
    held: set[int] = attrs.field(factory=set)
    marks: OwnMarks = attrs.field(factory=OwnMarks)
