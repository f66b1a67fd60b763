"""What a ledger learns while it sends: of routes, doubts, mailboxes that are none."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

import attrs

__all__ = ["Arrivals", "Doubt", "Flow", "LeftOut", "Times"]


@attrs.frozen
class Doubt:
    """A row in doubt: what a person needs to decide about it.

    `since` is when the run that held it began or recorded it; `relay` the name of the
    carrier that may have taken it.
    """

    digest: bytes
    payload: bytes = attrs.field(repr=False)
    provider: str
    since: float
    relay: str
    text: str


@attrs.frozen(kw_only=True)
class Flow:
    """How mail for a provider ("" for all of it) fares on a route; dates since 1970.

    Kept so that another process, or this one on another day, goes on with what was
    learned. `began`: the first message, from which a warm-up counts. `easing` is the
    state of the eased rate. `paused_until` 0 means that it flows.
    """

    route: str
    provider: str = ""
    began: float | None = None
    window: int | None = None
    """Sessions that it was last found to bear."""
    easing: tuple[float, float, float] | None = None
    paused_until: float = 0.0
    reason: str = ""
    """What it is paused for: the masked reply."""
    changed: float = 0.0


@attrs.frozen
class LeftOut:
    """How many mailboxes a campaign found to be none; the first and the last date."""

    number: int
    first: float
    last: float


class Times(Protocol):
    """One number for each throttle."""

    def __getitem__(self, slot: int, /) -> float: ...
    def __setitem__(self, slot: int, time: float, /) -> None: ...


class Arrivals(Protocol):
    """Arrival times of throttles (GCRA) that all processes on a ledger share.

    Monotonic seconds of this boot, by the number that `slot` gives for a name.
    """

    def slot(self, name: str) -> int:
        """The number of a throttle; the same in every process.

        May be asked for while `locked`. Raises `LedgerBusy` when another process does
        not let go.
        """

    def locked(self) -> AbstractContextManager[Times | None]:
        """The times, for as long as nobody else can change them.

        None when another process holds them at this moment: try again soon.
        """
