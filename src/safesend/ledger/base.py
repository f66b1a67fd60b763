"""What is remembered: one row per (campaign, recipient), and what may happen to it.

The methods block, and are called from one worker thread at a time. Each of them is
one transaction: done whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from safesend.clock import Clock
from safesend.ledger.consent import Consent
from safesend.ledger.contents import Contents
from safesend.ledger.flow import Arrivals, Doubt, Flow, LeftOut
from safesend.ledger.hindsight import Hindsight
from safesend.ledger.history import History
from safesend.ledger.kinds import Kinds
from safesend.ledger.lists import Lists
from safesend.ledger.orders import Orders
from safesend.ledger.persons import Persons
from safesend.ledger.seats import Seats
from safesend.ledger.sight import Sight
from safesend.ledger.values import (
    ALL,
    FINAL_STATES,
    Account,
    Allowance,
    CampaignRecord,
    Control,
    NewRow,
    Recovery,
    Result,
    Row,
    Shares,
    State,
)

__all__ = [
    "ALL",
    "FINAL_STATES",
    "Account",
    "Allowance",
    "CampaignRecord",
    "Control",
    "Doubt",
    "Ledger",
    "LeftOut",
    "NewRow",
    "Progress",
    "Recovery",
    "Result",
    "Row",
    "Shares",
    "State",
]


class Progress(Protocol):
    """Marks that survive the death of the process (not of the machine), without fsync.

    They tell, of the rows in `sending`, which were never begun and which outcomes
    came in and were not recorded yet.
    """

    def admit(self, ids: Sequence[int]) -> None:
        """These rows were claimed, and nothing was begun."""

    def take(self, row: int) -> None:
        """The row is handed to a session: from here on it may be on the wire."""

    def settle(self, result: Result) -> None:
        """The outcome of a row that was taken."""

    def forget(self, ids: Sequence[int]) -> None:
        """These rows are recorded or released: their marks may be used again."""


class Ledger(Protocol):
    """The truth about a mailing."""

    @property
    def name(self) -> str:
        """Where it lies, to show a person: an absolute path, or ":memory:"."""

    @property
    def secret(self) -> bytes:
        """The key of its digests (32 octets), kept outside of it."""

    @property
    def many_machines(self) -> bool:
        """Whether programs of other machines may work with it.

        They cannot read this one's marks: a row may leave only after `begin`.
        """

    @property
    def lease(self) -> float:
        """Seconds for which a run is believed to live without a word from it."""

    @property
    def consent(self) -> Consent:
        """What people agreed to, and the pilot, which holds the others up."""

    @property
    def history(self) -> History:
        """What happened in its campaigns."""

    @property
    def hindsight(self) -> Hindsight:
        """What is heard of its messages after they were sent."""

    @property
    def persons(self) -> Persons:
        """What it knows of persons, and the end of that."""

    @property
    def orders(self) -> Orders:
        """What people order: to pause, go on, end, or begin at a date."""

    @property
    def sight(self) -> Sight:
        """What is to be seen of its campaigns while they are sent."""

    @property
    def kinds(self) -> Kinds:
        """What its campaigns are, and which of their rows are no people of a list."""

    @property
    def seats(self) -> Seats:
        """Places that only so many of those who work with it may have at a time."""

    @property
    def contents(self) -> Contents:
        """What its campaigns are made of: letters, files, how they are sent."""

    @property
    def lists(self) -> Lists:
        """How far suppression lists have come, as its runs saw them."""

    def clock(self, own: Clock) -> Clock:
        """The clock of all who work on it: its own, or a common one.

        Whatever date is given to it is to be of that clock.
        """

    def campaign(self, name: str, now: float) -> CampaignRecord:
        """The campaign of that name, made if it is not there."""

    def campaigns(self) -> list[CampaignRecord]:
        """All of them, oldest first."""

    def begin_draft(self, campaign: int) -> None:
        """Start to enrol; what is left of an earlier draft is dropped.

        Raises `LedgerBusy` while another living process enrols this campaign.
        """

    def enrol(self, campaign: int, rows: Sequence[NewRow]) -> int:
        """Add rows to the draft; gives how many are new to the campaign.

        A row whose digest the campaign has already (live or in this draft) is left
        as it is: enrolling twice changes nothing.
        """

    def drop_draft(self, campaign: int) -> None:
        """Forget the draft; the live rows are as they were."""

    def go_live(self, campaign: int, fingerprint: bytes, now: float) -> int:
        """Make the whole draft `waiting` in one transaction; gives the new total."""

    def note_allowances(
        self, campaign: int, allowances: Sequence[Allowance], now: float
    ) -> None:
        """Keep what the sender let pass; what is known already changes nothing."""

    def allowances(self, campaign: int) -> list[Allowance]:
        """What the sender ever let pass in this campaign, oldest first."""

    def start_run(
        self, campaign: int, now: float, relay: str = "", actor: str = ""
    ) -> int:
        """Register this process as a run (with its boot id, process id and start).

        `relay` names the carrier, for whoever has to decide about a doubt; `actor` is
        who started it.
        """

    def progress(self, run: int) -> Progress:
        """The progress marks of a run of this process.

        Who asks for them promises to mark what is begun: from then on `claim` admits
        the rows that it gives before it commits, `record` and `release` forget theirs.
        """

    def beat(self, run: int, now: float) -> None:
        """Renew the lease of a run. Raises `RunLost`."""

    def end_run(self, run: int, now: float, stopped: str = "") -> None:
        """The run is over; rows that it still holds as `sending` go through recovery.

        Until then `progress` and the lease of the run are its own. `stopped`: why it
        ended before its work was done.
        """

    def recover(self, campaign: int, now: float) -> Recovery:
        """Settle the rows of runs whose process died or whose lease ran out.

        Never begun: `waiting`. Begun, outcome marked: recorded. Else: `in_doubt`.
        """

    def claim(
        self, campaign: int, run: int, limit: int, now: float, shares: Shares = ALL
    ) -> list[Row]:
        """Up to `limit` rows that are due -> `sending`, durable (fsync) on return.

        Nothing is claimed while the control is not RUN, before the campaign begins, or
        of a provider that people hold (`orders`), and nobody beside the pilot until it
        is over (`consent`). A run that began with another letter than the campaign has
        now gets nothing. No row is ever given twice.
        Those put off before come first, the longest due ahead; then the fresh ones,
        the providers in turn and each in list order. Raises `LedgerError` when the run
        has ended, `RunLost` if others took it for dead.
        """

    def begin(self, run: int, ids: Sequence[int]) -> None:
        """Open a window: these rows may leave from now on. Durable on return.

        From its first call on (be it for none) what a run has and never began is known
        to be untouched, from wherever one looks. It renews the lease. Raises `RunLost`
        where others took the run for dead: then none of these may leave, ever.
        """

    def record(self, run: int, results: Sequence[Result], now: float) -> int:
        """Write outcomes (no fsync needed). Final rows lose address and fields.

        Only rows that are `sending` under this very run change; gives how many did.
        """

    def release(self, run: int, ids: Sequence[int]) -> None:
        """Rows that were claimed and not begun go back to `waiting`."""

    def counts(self, campaign: int) -> Mapping[State, int]:
        """How many rows stand in each state (states without rows are left out)."""

    def deferred(self, campaign: int) -> int:
        """How many waiting rows have been tried before or wait for a later date."""

    def next_due(
        self, campaign: int, held: Collection[str] = frozenset()
    ) -> float | None:
        """The earliest date of a waiting row; None when no row waits.

        Rows of the providers that are `held` are not looked at, nor are those of
        providers that people hold. Nothing is due before the campaign begins.
        """

    def expire(self, campaign: int, tried_before: float, now: float) -> int:
        """Waiting rows first tried before that, and never doubted, become `expired`."""

    def control(self, campaign: int) -> Control:
        """What a person asked for."""

    def set_control(
        self, campaign: int, control: Control, *, actor: str, reason: str, now: float
    ) -> None:
        """Pause, resume or cancel; CANCEL makes waiting rows `cancelled` at once.

        And every row that would wait later: in a cancelled campaign nothing waits.
        One that may have arrived is IN_DOUBT again. It is for good: raises
        `LedgerError` for any other order after it.
        """

    def resolve(
        self,
        campaign: int,
        state: State,
        digests: Iterable[bytes] | None,
        now: float,
        actor: str = "",
    ) -> int:
        """Decide rows in doubt: ACCEPTED or WAITING; all of them without digests.

        Who decided ("": the policy of a run), what and when is kept.
        """

    def doubts(self, campaign: int) -> list[Doubt]:
        """The rows in doubt, in list order."""

    def resend_known(
        self, campaign: int, relay: str, sent_after: float, now: float
    ) -> int:
        """Rows in doubt that this relay would recognise wait again; gives how many.

        Those that it alone may have taken, with a message dated after that.
        """

    def suppressed(self, suppression: bytes) -> bool:
        """Whether no new row of any campaign is written to at that mailbox."""

    def lift(self, suppression: bytes, *, actor: str, reason: str, now: float) -> bool:
        """Write to that mailbox again, from the next go-live on; False: it was not out.

        Rows that are `suppressed` stay so.
        """

    def suppressions(self) -> Mapping[str, LeftOut]:
        """How many mailboxes are left out, by the campaign that found out."""

    def flows(self, since: float = 0.0) -> list[Flow]:
        """What is known of the routes, as far as it changed since then."""

    def note_flows(self, flows: Sequence[Flow]) -> None:
        """Keep what was learned of routes; `began` is kept once it is known."""

    def arrivals(self) -> Arrivals:
        """The arrival times that all processes on this ledger share."""

    def account(self, campaign: int, digest: bytes) -> Account | None:
        """What is known of one row."""

    def reasons(self, campaign: int, state: State) -> Iterator[tuple[str, int]]:
        """The distinct replies of the rows in a state with their number, most first."""

    def close(self) -> None:
        """Let go of everything; truncates what is pending on disk."""
