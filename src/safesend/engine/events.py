"""What a run tells whoever watches it: frozen values, no addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import attrs

from safesend.engine.bottleneck import Limit
from safesend.errors import ConfigurationError

__all__ = [
    "Attempts",
    "Booked",
    "Course",
    "Event",
    "Gathering",
    "Held",
    "Idle",
    "Listener",
    "Measured",
    "Noted",
    "Progressed",
    "Rehearsed",
    "Rehearsing",
    "Stopping",
    "Switched",
    "Unreached",
    "Waited",
    "Waiting",
    "listener",
]

Waiting = Literal["hours", "pause", "date", "rate", "delay", "order", "pilot"]
"""What is waited for: sending hours, a pause's end, a row's date, a slow limit, the
date at which the campaign begins, that a person lets go on what a person paused, or
what the pilot's people say."""


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
class Switched:
    """Of several carriers another one takes over: mail leaves the one for the other.

    `left` and `to` are routes; "" where no other is in order. It is the mail of a
    provider, or ("") all of it. `reason` is the masked reply, or what went wrong; `at`
    is seconds since 1970. What comes back to a carrier is told in the same way.
    """

    left: str
    to: str
    provider: str
    reason: str
    at: float


@attrs.frozen
class Noted:
    """What a person should know of the carrier, as it says itself before the run."""

    route: str
    note: str


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


@attrs.frozen
class Booked:
    """How many rows of a provider came to an outcome in this run.

    `outcome` is "accepted", "deferred", "refused", "in_doubt", "expired" or "failed".
    A domain that is in no table is its own provider; of a long list the later domains
    are one, "other".
    """

    provider: str
    outcome: str
    number: int


@attrs.frozen
class Attempts:
    """How long attempts took, from the moment a session took a message to its outcome.

    So many of them took up to so many seconds (and longer than the bound before), and
    so many seconds together; what is behind the last bound comes last.
    """

    bounds: tuple[float, ...]
    numbers: tuple[int, ...]
    seconds: tuple[float, ...]


@attrs.frozen
class Course:
    """How mail to a provider ("": all of it) fares.

    `window`: the sessions that it bears; `eased`: the messages a second that its
    complaints left (None: it did not complain).
    """

    route: str
    provider: str
    window: int
    eased: float | None


@attrs.frozen
class Waited:
    """For how many seconds the next message waited for a limit on the rate so far.

    `provider`: whose limit ("": everybody's); `eased`: the server asked for it.
    """

    route: str
    provider: str
    eased: bool
    seconds: float


@attrs.frozen(kw_only=True)
class Measured:
    """How a run stands, once a second and at its end. All counts are of this run.

    But for `queue` and `oldest`: how many rows of the campaign stand in each state, and
    the date at which the one that waits longest was first tried; looked at every few
    seconds. `run` is the run's number in its ledger, `began` its date.
    """

    run: int
    began: float
    at: float
    relay: str
    rate: float
    eta: float | None
    limit: Limit | None
    """What limits the pace."""
    lanes: int
    sessions: int
    """Connections that are open, ..."""
    busy: int
    """... and those of them with a message on the wire."""
    booked: tuple[Booked, ...]
    attempts: Attempts
    courses: tuple[Course, ...]
    waited: tuple[Waited, ...]
    queue: tuple[tuple[str, int], ...]
    oldest: float | None
    last: bool = False
    """Whether the run is over."""


Event = (
    Gathering
    | Rehearsing
    | Rehearsed
    | Progressed
    | Measured
    | Held
    | Switched
    | Noted
    | Idle
    | Unreached
    | Stopping
)
Listener = Callable[[Event], None]


def listener(
    given: Listener | Iterable[Listener] | None, *always: Listener
) -> Listener:
    """One listener out of none, one or several. Raises `ConfigurationError`.

    Those that are told `always` are told first.
    """
    several: tuple[Any, ...] = () if given is None else (given,)
    if isinstance(given, Iterable) and not callable(given):
        several = tuple(given)
    for one in several:
        if not callable(one):
            raise ConfigurationError(
                f"on_event={one!r}: a listener is something that can be called with an"
                " event, or a list of such"
            )

    everybody = (*always, *several)

    def tell(event: Event) -> None:
        for one in everybody:
            one(event)

    return tell
