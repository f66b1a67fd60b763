"""What a ledger keeps of routes, for all campaigns and processes that use it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

import attrs

__all__ = ["Arrivals", "Flow", "Times"]


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
