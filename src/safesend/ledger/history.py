"""What a ledger tells of the past of a campaign, and what it is told for that.

Nobody's address is in it: what is told are numbers, dates, replies that were masked,
and who of those that send ordered what.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs

from safesend.ledger.heard import Heard
from safesend.ledger.values import Allowance, Control, State

__all__ = [
    "BUCKETS",
    "DIED",
    "Approval",
    "Bucket",
    "Chronicle",
    "History",
    "Order",
    "Passed",
    "PastRun",
    "RehearsalNote",
    "Replied",
    "Sessions",
    "Share",
    "Switch",
    "Timeline",
    "bucket_width",
    "leads_to_host",
]

_BETWEEN = " > "
"""Stands between the label of a carrier and its own route, where there are several."""

BUCKETS = 120
"""A timeline has at most so many pieces, and one more where it begins in the middle."""

DIED = "its process ended without a word, which was found out then"
"""Why a run stopped of which another one found that it was dead."""

_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
_HOURS = tuple(3600 * hours for hours in (1, 2, 3, 6, 12, 24, 48, 168))


@attrs.frozen
class Order:
    """What somebody ordered: pause, resume ("run"), cancel, a decision, and so on.

    `provider`: whose mail it was about, "" for all of it; `actor` is "" where a policy
    of a run decided. The reason is masked.
    """

    at: float
    what: str
    provider: str
    actor: str
    reason: str


@attrs.frozen(kw_only=True)
class RehearsalNote:
    """A rehearsal after which rows went live.

    `rows` were composed and checked, `new` of them are new to the campaign. `digest` is
    of what was rehearsed, `checks` the ids of the checks that ran.
    """

    at: float
    rows: int
    new: int
    digest: bytes
    checks: tuple[str, ...]
    version: str
    actor: str
    seconds: float


@attrs.frozen
class Approval:
    """Somebody agreed to a content, which the digest stands for."""

    at: float
    digest: bytes
    actor: str
    reason: str


@attrs.frozen
class Passed:
    """When the sender first let something pass, and what."""

    at: float
    allowance: Allowance


@attrs.frozen(kw_only=True)
class PastRun:
    """A process that sent. `ended` is None for one that is still at it, or died.

    `stopped`: why it ended before its work was done; "" if it did not. A run whose
    process died ends when that is found out.
    """

    number: int
    started: float
    ended: float | None
    relay: str
    actor: str
    stopped: str
    alive: bool


@attrs.frozen
class Sessions:
    """How many sessions there were on a route, secured in that way ("": not known)."""

    route: str
    security: str
    number: int


def leads_to_host(route: str) -> bool:
    """Whether a route names the mail host of recipients, or may do so."""
    return route.startswith("mx:") or _BETWEEN in route


def _carrier(route: str) -> str:
    """Its carrier alone: the mail host that a route leads to may be one person's own.

    A label stands before the rest of the route; see `Switching`.
    """
    return route.partition(_BETWEEN)[0]


@attrs.frozen
class Switch:
    """Of several carriers another one took over the mail of a provider ("": all of it).

    `left` and `to` are given as routes, and kept as carriers; "" where no other was in
    order. The reason is masked.
    """

    at: float
    left: str = attrs.field(converter=_carrier)
    to: str = attrs.field(converter=_carrier)
    provider: str
    reason: str


@attrs.frozen
class Share:
    """How many rows of a provider stand in a state, and how many of these are seeds."""

    provider: str
    state: State
    number: int
    seeds: int = 0


@attrs.frozen
class Bucket:
    """What was answered in one piece of time: the last answer of each row counts."""

    begins: float
    accepted: int = 0
    refused: int = 0
    other: int = 0


@attrs.frozen
class Timeline:
    """Pieces of time of one width, in order; those in which nothing came are left out.

    Rows that never had an answer (nobody was reached, or the answer was lost with its
    process) are in none of them.
    """

    width: float = 1.0
    buckets: tuple[Bucket, ...] = ()


@attrs.frozen
class Replied:
    """A reply, and how many rows that stand in a state had it last; masked."""

    state: State
    reply: str
    number: int


@attrs.frozen(kw_only=True)
class Chronicle:
    """The past of one campaign, as of one moment; dates are seconds since 1970."""

    name: str
    kind: str = ""
    about: str = ""
    created: float
    live_since: float | None = None
    begins: float = 0.0
    control: Control = Control.RUN
    enrolled: int = 0
    fingerprint: bytes = b""
    pilot: int | None = None
    pilot_over: float | None = None
    keep_for: float | None = None
    purged: float | None = None
    counts: Mapping[State, int] = attrs.field(factory=dict)
    """How many rows stand in each state, drafts left out."""
    on_trust: int = 0
    """Accepted because somebody, or a policy, decided so; no server said it."""
    heard: Mapping[Heard, int] = attrs.field(factory=dict)
    """Of how many messages each thing was heard after they were sent."""
    shares: tuple[Share, ...] = ()
    attempts: Mapping[int, int] = attrs.field(factory=dict)
    """How many rows were tried how often."""
    replies: tuple[Replied, ...] = ()
    """Of the rows that were not accepted; by state, most first."""
    timeline: Timeline = Timeline()
    first_tried: float | None = None
    waiting_since: float | None = None
    """The first try of the row that waits longest."""
    first_accepted: float | None = None
    last_accepted: float | None = None
    orders: tuple[Order, ...] = ()
    holds: Mapping[str, Control] = attrs.field(factory=dict)
    approvals: tuple[Approval, ...] = ()
    passed: tuple[Passed, ...] = ()
    rehearsals: tuple[RehearsalNote, ...] = ()
    runs: tuple[PastRun, ...] = ()
    sessions: tuple[Sessions, ...] = ()
    switches: tuple[Switch, ...] = ()


class History(Protocol):
    """Reached as `ledger.history`."""

    def chronicle(self, campaign: int, now: float) -> Chronicle:
        """Everything about a campaign. It reads all of its rows: some seconds."""

    def note_rehearsal(self, campaign: int, note: RehearsalNote) -> None:
        """Keep that rows were rehearsed and went live."""

    def note_sessions(self, run: int, sessions: Sequence[Sessions]) -> None:
        """Add sessions that a run had; no fsync."""

    def note_switches(self, campaign: int, switches: Sequence[Switch]) -> None:
        """Keep when one carrier took over from another; no fsync."""


def bucket_width(first: float, last: float) -> int:
    """The least usual length of time of which `BUCKETS` reach from one to the other."""
    widths = _WIDTHS + _HOURS
    wanted = (last - first) / BUCKETS
    at = bisect.bisect_left(widths, wanted)
    if at < len(widths):
        return widths[at]
    # Whole weeks.
    return int(-(-wanted // widths[-1])) * widths[-1]
