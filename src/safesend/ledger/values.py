"""The values that a ledger takes and gives: the states of a row, rows, results."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping

import attrs

from safesend.ledger.heard import Word

__all__ = [
    "ALL",
    "FINAL_STATES",
    "Account",
    "Allowance",
    "CampaignRecord",
    "Control",
    "NewRow",
    "Recovery",
    "Result",
    "Row",
    "Shares",
    "State",
]


class State(enum.StrEnum):
    """Where a row stands."""

    DRAFT = "draft"
    """Enrolled, not yet rehearsed: cannot be claimed."""
    WAITING = "waiting"
    """To be sent, not before its date."""
    SENDING = "sending"
    """Claimed by a run; durable before its first byte leaves."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    """Its end was on the wire and no reply came: a person decides."""
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    """Its mailbox is none, as a server said before, or is on the suppression list."""
    EXPIRED = "expired"
    """Its retries or its time were used up."""
    FAILED = "failed"
    """Its message could not be made (a missing file, for example)."""


FINAL_STATES = frozenset(
    {
        State.ACCEPTED,
        State.REFUSED,
        State.CANCELLED,
        State.SUPPRESSED,
        State.EXPIRED,
        State.FAILED,
    }
)
"""In these a row's address and fields are erased (a row in doubt keeps its own)."""


class Control(enum.StrEnum):
    """What a person wants of a campaign, read at every claim."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


@attrs.frozen(slots=False)  # made in half the time, and few live at once
class NewRow:
    """A row to enrol. `payload` is the packed `Recipient`, in clear.

    `kind` is 0 for somebody of the list, 1 for a seed.
    """

    digest: bytes
    suppression: bytes
    provider: str
    payload: bytes = attrs.field(repr=False)
    kind: int = 0


@attrs.frozen(slots=False)  # made in half the time, and few live at once
class Row:
    """A claimed row. `attempts` counts the tries that were judged so far.

    `first_tried` is the date at which a server first answered about it, `dated` the
    date of its message: that of the first claim, unless nothing left before this one.
    `doubted` is the relay that may have it already; None: nobody has. `kind` is 1 for a
    seed.
    """

    id: int
    digest: bytes
    attempts: int
    first_tried: float | None
    payload: bytes = attrs.field(repr=False)
    provider: str = ""
    dated: float | None = None
    doubted: str | None = None
    kind: int = 0


@attrs.frozen
class Shares:
    """How many rows of a provider one claim may give: `usual`, but for `special` ones.

    A provider with 0 gets none. Those that come `first` would lag behind in turn.
    """

    usual: int | None = None
    special: Mapping[str, int] = attrs.field(factory=dict)
    first: tuple[str, ...] = ()

    def of(self, provider: str, limit: int) -> int:
        """How many of this provider, at most `limit`."""
        usual = limit if self.usual is None else self.usual
        return min(limit, self.special.get(provider, usual))

    def without(self, providers: Collection[str]) -> Shares:
        """The same, and none for these."""
        if not providers:
            return self
        return attrs.evolve(
            self, special={**self.special, **dict.fromkeys(providers, 0)}
        )

    @property
    def held(self) -> frozenset[str]:
        """The providers that get none."""
        return frozenset(name for name, most in self.special.items() if most <= 0)


ALL = Shares()
"""Any number of any provider's rows."""


@attrs.frozen(slots=False)  # made in half the time, and few live at once
class Result:
    """What became of a claimed row.

    `state` is final, IN_DOUBT, or WAITING with the date `not_before`. `attempt`:
    whether it uses up a try. With a `code` a server answered, which sets the dates of
    the row even where no try is used up. `suppress`: the mailbox is not to be written
    to by any later campaign of this ledger. The reply's text comes masked. `doubted`:
    it waits, and may have arrived (of a row that is IN_DOUBT that goes without saying).
    """

    id: int
    state: State
    not_before: float = 0.0
    attempt: bool = True
    stage: str = ""
    code: int | None = None
    enhanced: str | None = None
    text: str = ""
    suppress: bool = False
    doubted: bool = False


@attrs.frozen
class CampaignRecord:
    """A campaign as the ledger knows it. `live` is False until the first go-live.

    `kind` is "" for a mailing to the people of a list, "correction" (to those who have
    another), "test" or "redirected" (nobody of a list got it); `about` says of what, or
    to whom.
    """

    id: int
    name: str
    live: bool
    enrolled: int
    fingerprint: bytes
    control: Control
    reason: str = ""  # why that was ordered; masked
    keep_for: float | None = None
    """Seconds after its end for which what is known of persons is kept."""
    purged: float | None = None
    """When that was erased: nothing is ever sent again."""
    kind: str = ""
    about: str = ""

    @property
    def is_trial(self) -> bool:
        """Whether nobody of a list got it."""
        return self.kind in {"test", "redirected"}


@attrs.frozen
class Allowance:
    """A check that the sender let pass, where ("" is everywhere), and why; masked."""

    check: str
    place: str
    reason: str

    def __str__(self) -> str:
        place = f" in {self.place}" if self.place else ""
        return f"{self.check}{place}: {self.reason}"


@attrs.frozen
class Recovery:
    """What was found of runs that ended without saying so."""

    waiting: int = 0
    in_doubt: int = 0
    recorded: int = 0
    """Outcomes that the progress marks still knew."""


@attrs.frozen
class Account:
    """What is known of one row, for a report."""

    state: State
    attempts: int
    last_tried: float | None
    stage: str
    code: int | None
    enhanced: str | None
    text: str
    heard: tuple[Word, ...] = ()
    """What was said of its message afterwards."""
