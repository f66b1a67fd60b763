"""What a run tells whoever watches it: frozen values, no addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs

__all__ = [
    "Event",
    "Gathering",
    "Held",
    "Idle",
    "Listener",
    "Progressed",
    "Rehearsed",
    "Rehearsing",
    "Stopping",
    "Unreached",
    "Waiting",
]

Waiting = Literal["hours", "pause", "date", "rate", "delay", "order"]
"""What is waited for: sending hours, a pause's end, a row's date, a slow limit, the
date at which the campaign begins, or that a person lets go on what a person paused."""


@attrs.frozen
class Gathering:
    """The list is being read to know who is in it; nothing is composed yet."""

    rows: int


@attrs.frozen
class Rehearsing:
    """The list is being read, composed and checked; nothing leaves."""

    rows: int


@attrs.frozen
class Rehearsed:
    """Every row was composed and checked. `new` of them are not in the ledger yet."""

    recipients: int
    new: int


@attrs.frozen
class Progressed:
    """How far the run is. The counts are those of this run, not of the campaign.

    `rate` is messages a second over the last seconds, `eta` seconds until every row
    that is due was tried (None while unknown).
    """

    done: int
    total: int
    accepted: int
    deferred: int
    refused: int
    in_doubt: int
    rate: float
    eta: float | None


@attrs.frozen
class Held:
    """Nothing goes to a provider ("": on the whole route) until that date.

    `until` is seconds since 1970, `reason` the masked reply that asked for it.
    """

    route: str
    provider: str
    until: float
    reason: str


@attrs.frozen
class Idle:
    """Nobody gets anything before that date (seconds since 1970).

    Where an "order" is waited for it may come earlier; that date is the call's end.
    """

    until: float
    waiting: Waiting


@attrs.frozen
class Unreached:
    """No session could be had; another is tried soon. Told every few seconds."""

    route: str
    reason: str


@attrs.frozen
class Stopping:
    """The run ends before its work is done; what is in flight finishes."""

    reason: str


Event = (
    Gathering | Rehearsing | Rehearsed | Progressed | Held | Idle | Unreached | Stopping
)
Listener = Callable[[Event], None]
