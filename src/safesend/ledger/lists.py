"""How far suppression lists have come, as the runs of a ledger saw them.

A copy of a list has its id. What tells an older copy is that it lacks a change which
somebody who sends with this ledger has seen already.
"""

from __future__ import annotations

from typing import Protocol

import attrs

__all__ = ["Change", "Lists", "OwnLists"]


@attrs.frozen
class Change:
    """One change of a list. Dates are seconds since 1970.

    `mark` is random: two copies that go on by themselves count alike and have others.
    """

    number: int
    mark: bytes
    at: float
    """When it was made; 0.0 where a list was never changed."""
    era: float = 0.0
    """When a person said last that this copy is the list; 0.0: nobody had to."""

    def is_after(self, other: Change) -> bool:
        """Whether it is the later one, by what they count."""
        return (self.era, self.number) > (other.era, other.number)


class Lists(Protocol):
    """The part of a `Ledger` that knows it. The methods block."""

    def newest(self, id_: str, /) -> Change | None:
        """The newest change of a list that was seen; None: nobody saw any."""

    def note(self, id_: str, change: Change, /) -> Change:
        """It was seen; gives the newest that was. An older one changes nothing.

        It need not be on the disk before the next claim is.
        """


@attrs.frozen
class OwnLists:
    """See `Lists`: of one process alone."""

    seen: dict[str, Change] = attrs.field(factory=dict)

    def newest(self, id_: str) -> Change | None:
        """See `Lists.newest`."""
        return self.seen.get(id_)

    def note(self, id_: str, change: Change) -> Change:
        """See `Lists.note`."""
        known = self.seen.get(id_)
        if known is None or change.is_after(known):
            self.seen[id_] = change
        return self.seen[id_]
