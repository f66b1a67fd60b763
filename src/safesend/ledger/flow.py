"""What a ledger learns while it sends: of routes, doubts, mailboxes that are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from safesend.policies.throttle import Pace

__all__ = ["BUSY", "Arrivals", "Doubt", "Flow", "LeftOut", "Paces", "Times"]

BUSY = -1
"""In place of a slot: another process has the times at this moment, try again soon."""

Paces = Sequence[tuple[int, Pace]]
"""Throttles by their slots, with what holds for each of them now."""


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
    """What throttles (GCRA) go by, shared with all who send at the same limits.

    A throttle is known by the number that `slot` gives for its name. `now` is in
    monotonic seconds of this machine. Called for each message: never waits.
    """

    def slot(self, name: str, /) -> int:
        """The number of a throttle, 0 or more. Raises `LedgerBusy`."""

    def take(self, paces: Paces, now: float, /) -> int | None:
        """Let one message go if each of these lets it; then it counts as gone.

        None: it goes. Else the slot that holds it up, or `BUSY`.
        """

    def wait(self, paces: Paces, now: float, /) -> tuple[float, int]:
        """Seconds until they let one go, 0 or less for at once; who does so last.

        There is one at least. `BUSY` in place of a slot: as in `take`.
        """
